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
  sidDigest,
  userCodeDigest,
} from './entity.ts'
import type { EntityMemory } from './memory.ts'
import {
  consumeEntity,
  deleteEntity,
  deleteOfGrant,
  findEntity,
  lockGrant,
  openPayload,
  upsertEntity,
} from './store.ts'

export type AdapterDeps = {
  readonly store: Store
  readonly clock: Clock
  readonly box: Box
  /** The session of ours in the request that is being answered; null outside of requests and where nobody is signed in. */
  readonly ownSession: () => OwnSession | null
  /** Whether a session of ours is not over. */
  readonly sessionLives: (id: string) => Promise<boolean>
  readonly memory: EntityMemory
  /**
   * Takes a write that is under way. What answers the request waits for all of them before it is sent, so that several
   * share one commit; outside of a request it is waited for at once.
   */
  readonly settle: (write: Promise<void>) => Promise<void>
  /** Ends what was signed under a grant and lies nowhere, in the transaction that deletes the grant. */
  readonly revokeSigned: (tx: Transaction, grantId: string) => Promise<void>
}

/** How each thing answers whoever comes second. */
const USED_UP: Partial<Record<Model, () => Error>> = {
  PushedAuthorizationRequest: () => new errors.InvalidRequestUri('the request_uri was already used'),
}

/** Asked about again and again, and of use many times. What is used up once is read anew each time. */
const REMEMBERED: ReadonlySet<Model> = new Set(['AccessToken', 'Grant', 'Session'])
/** Written last in a request, and read by none before it is answered. */
const SETTLED_LATE: ReadonlySet<Model> = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'Session'])

/**
 * What the protocol's library keeps its things in: one table, ids only as digests, payloads sealed. Using something up is
 * a compare-and-set, so of many that redeem one code at once a single one gets tokens.
 *
 * @throws InvalidGrant, or InvalidRequestUri for a pushed request, from `consume` when somebody else was first
 */
export function createAdapter(model: Model, deps: AdapterDeps): Adapter {
  const { store, clock, box, memory } = deps
  const digestOf = (id: string) => entityDigest(model, id)

  async function find(by: Parameters<typeof findEntity>[1], name: string): Promise<AdapterPayload | undefined> {
    const kept = memory.get(name)
    if (kept !== undefined) return kept as AdapterPayload
    const mark = memory.mark()
    const row = await findEntity(store, by, clock.now())
    if (row === null || row.model !== model || !(await isTheirs(row, by))) return undefined
    const payload = openPayload(box, row)
    if (REMEMBERED.has(model)) memory.keep(name, payload, mark)
    return payload as AdapterPayload
  }

  // A session of the protocol belongs to one of ours: a browser that is in another one by now does not go on with it, and
  // tokens of one that is over are of no use.
  async function isTheirs({ own_session: id }: EntityRow, by: Parameters<typeof findEntity>[1]): Promise<boolean> {
    if (model !== 'Session' || id === null) return true
    return 'digest' in by ? deps.ownSession()?.id === id : deps.sessionLives(id)
  }

  return {
    upsert: async (id, payload, expiresIn) => {
      const row = rowOf(id, payload as Payload, expiresIn)
      const write = store.write((tx) => upsertEntity(tx, row)).finally(() => forget(id, payload.uid))
      await (SETTLED_LATE.has(model) ? deps.settle(write) : write)
    },
    find: (id) => find({ digest: digestOf(id) }, nameOf(id)),
    findByUid: (uid) => find({ alias: sessionUidDigest(uid) }, uidName(uid)),
    findByUserCode: (code) => find({ alias: userCodeDigest(code) }, ''),
    consume: async (id) => {
      if (await patiently(() => store.write((tx) => useUp(tx, digestOf(id))))) return
      memory.forget(null)
      throw USED_UP[model]?.() ?? new errors.InvalidGrant('it was already used')
    },
    destroy: async (id) => {
      await patiently(() => store.write((tx) => destroy(tx, id)))
      memory.forget(null)
    },
    revokeByGrantId: async (grantId) => {
      await patiently(() => store.write((tx) => deleteOfGrant(tx, entityDigest('Grant', grantId), model)))
      memory.forget(null)
    },
  }

  async function destroy(tx: Transaction, id: string): Promise<void> {
    if (model === 'Grant') await lockGrant(tx, digestOf(id))
    await deleteEntity(tx, digestOf(id))
    if (model === 'Grant') await endGrant(tx, id)
  }

  function forget(id: string, uid: string | undefined): void {
    if (!REMEMBERED.has(model)) return
    memory.forget(nameOf(id))
    if (uid !== undefined) memory.forget(uidName(uid))
  }

  function nameOf(id: string): string {
    return `${model}:${id}`
  }

  // Who comes second may be a thief, or come after one: what the first got ends too, even while it is being made.
  async function useUp(tx: Transaction, digest: Uint8Array): Promise<boolean> {
    if (await consumeEntity(tx, digest, clock.now())) return true
    const row = await findEntity(tx, { digest }, clock.now())
    const grantId = row === null ? undefined : openPayload(box, row).grantId
    if (grantId === undefined) return false
    await lockGrant(tx, entityDigest('Grant', grantId))
    await deleteEntity(tx, entityDigest('Grant', grantId))
    await endGrant(tx, grantId)
    return false
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
      sid_digest: payload.sid === undefined ? null : sidDigest(payload.sid),
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

// PostgreSQL ends one of two that wait for each other; what that one was to do is done again.
async function patiently<R>(work: () => Promise<R>, tries = 3): Promise<R> {
  try {
    return await work()
  } catch (error) {
    const ended = (error as { code?: unknown }).code === DEADLOCK
    if (!ended || tries === 1) throw error
    return patiently(work, tries - 1)
  }
}

/** `deadlock_detected` of PostgreSQL. */
const DEADLOCK = '40P01'

const uidName = (uid: string): string => `uid:${uid}`
