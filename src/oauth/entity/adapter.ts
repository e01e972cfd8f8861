import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { Clock } from '../../core/index.ts'
import type { Box } from '../../secrets/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import {
  aliasOf,
  contextOf,
  type EntityRow,
  entityDigest,
  type Model,
  type OwnSession,
  type Payload,
  sessionUidDigest,
  userCodeDigest,
} from './entity.ts'
import {
  consumeEntity,
  deleteEntity,
  deleteOfGrant,
  findEntity,
  insertEntityOnce,
  openPayload,
  upsertEntity,
} from './store.ts'

export type AdapterDeps = {
  readonly store: Store
  readonly clock: Clock
  readonly box: Box
  /** The session of ours in the request that is being answered; null outside of requests and where nobody is signed in. */
  readonly ownSession: () => OwnSession | null
  /** Ends what was signed under a grant and lies nowhere, in the transaction that deletes the grant. */
  readonly revokeSigned: (tx: Transaction, grantId: string) => Promise<void>
}

/** How each thing answers whoever comes second. */
const USED_UP: Partial<Record<Model, () => Error>> = {
  PushedAuthorizationRequest: () => new errors.InvalidRequestUri('the request_uri was already used'),
}

/**
 * What the protocol's library keeps its things in: one table, ids only as digests, payloads sealed. Using something up is
 * a compare-and-set, so of many that redeem one code at once a single one gets tokens.
 *
 * @throws InvalidGrant, or InvalidRequestUri for a pushed request, from `consume` when somebody else was first
 */
export function createAdapter(model: Model, deps: AdapterDeps): Adapter {
  const { store, clock, box } = deps
  const digestOf = (id: string) => entityDigest(model, id)

  async function find(by: Parameters<typeof findEntity>[1]): Promise<AdapterPayload | undefined> {
    const row = await findEntity(store, by, clock.now())
    return row === null || row.model !== model ? undefined : (openPayload(box, row) as AdapterPayload)
  }

  return {
    upsert: async (id, payload, expiresIn) => {
      const row = rowOf(id, payload as Payload, expiresIn)
      await store.write((tx) => upsertEntity(tx, row))
    },
    find: (id) => find({ digest: digestOf(id) }),
    findByUid: (uid) => find({ alias: sessionUidDigest(uid) }),
    findByUserCode: (code) => find({ alias: userCodeDigest(code) }),
    consume: async (id) => {
      if (await store.write((tx) => consumeEntity(tx, digestOf(id), clock.now()))) return
      throw USED_UP[model]?.() ?? new errors.InvalidGrant('it was already used')
    },
    destroy: (id) =>
      store.write(async (tx) => {
        await deleteEntity(tx, digestOf(id))
        if (model === 'Grant') await endGrant(tx, id)
      }),
    revokeByGrantId: (grantId) => store.write((tx) => deleteOfGrant(tx, entityDigest('Grant', grantId), model)),
  }

  async function endGrant(tx: Transaction, grantId: string): Promise<void> {
    await deleteOfGrant(tx, entityDigest('Grant', grantId), null)
    await deps.revokeSigned(tx, grantId)
  }

  function rowOf(id: string, payload: Payload, expiresIn: number | undefined): EntityRow {
    const digest = digestOf(id)
    const own = deps.ownSession()
    return {
      digest,
      model,
      alias: aliasOf(model, payload),
      grant_digest: payload.grantId === undefined ? null : entityDigest('Grant', payload.grantId),
      session_uid: payload.sessionUid === undefined ? null : sessionUidDigest(payload.sessionUid),
      person_id: payload.accountId ?? null,
      client_id: payload.clientId ?? null,
      organization: own?.organization ?? null,
      own_session: own?.id ?? null,
      consumed_at: null,
      expires_at: expiresIn === undefined ? null : clock.now() + expiresIn * 1000,
      payload: box.seal(JSON.stringify(payload), contextOf(model, digest)),
    }
  }
}

/**
 * Remembers that something was shown, such as the `jti` of a proof.
 *
 * @param expiresAt milliseconds, after which it may be forgotten
 * @returns whether it was shown for the first time: of many at once, one is
 */
export function showOnce(deps: AdapterDeps, name: string, expiresAt: number): Promise<boolean> {
  const digest = entityDigest('ReplayDetection', name)
  const empty = { alias: null, grant_digest: null, session_uid: null, person_id: null, client_id: null }
  const nobody = { organization: null, own_session: null, consumed_at: null }
  const row = { digest, model: 'ReplayDetection', ...empty, ...nobody, expires_at: expiresAt, payload: '{}' }
  return deps.store.write((tx) => insertEntityOnce(tx, row))
}
