import type { Actor, Clock } from '../../core/index.ts'
import type { Box } from '../../secrets/index.ts'
import type { Transaction } from '../../store/index.ts'
import { TOKEN_EXCHANGE } from '../client/client.ts'
import { clientIdsOf, clientTables, findClientRow } from '../client/store.ts'
import { entityDigest, type Model, sidDigest } from '../entity/entity.ts'
import { deleteEntity, deleteOfGrant, entitiesOf, openPayload } from '../entity/store.ts'
import { grantMark } from '../provider/access-token.ts'
import { LONGEST_LIFE } from '../revocation/revocation.ts'
import type { Revocations } from '../revocation/revocations.ts'
import { type Hanging, hangingOnPerson, hangingOnSessions, hangingOver, type SignedIn } from './hanging.ts'
import { deleteNoticesOf, insertNotice } from './notice.ts'

type By = Partial<Actor>

/** What ends with what (row O5). Everything happens in the transaction that is handed in, or not at all. */
export type Endings = {
  /**
   * Sessions of ours ended: sessions of the protocol end with them, and what was issued in them but for refresh tokens with
   * `offline_access`. Clients that want to know are told.
   */
  readonly ofSessions: (tx: Transaction, ids: readonly string[], by: By) => Promise<void>
  /** What one client has of a session ends, `offline_access` included; the session goes on. */
  readonly ofSid: (tx: Transaction, sid: string, organization: string, by: By) => Promise<void>
  /** Sessions whose time is over end as others do. @returns whether there may be more */
  readonly ofTime: (tx: Transaction) => Promise<boolean>
  /** A person is signed out everywhere, `offline_access` included, but for what hangs on one session of theirs. */
  readonly ofPerson: (tx: Transaction, personId: string, but: string | null, by: By) => Promise<void>
  /** What a person may changed: signed tokens say what was before, and end. Refresh tokens get new ones. */
  readonly ofRights: (tx: Transaction, personId: string, by: By) => Promise<void>
  /**
   * What a client may in its own name changed: what it got in it ends, and what it got for others by exchange. What people
   * agreed to goes on.
   */
  readonly ofClientRights: (tx: Transaction, clientId: string, by: By) => Promise<void>
  /** A client is disabled or deleted: so is everything that was issued to it. */
  readonly ofClient: (tx: Transaction, clientId: string, by: By) => Promise<void>
  /** An organization is disabled: everything ends that is for who acts in it, `offline_access` and its clients included. */
  readonly ofOrganization: (tx: Transaction, organization: string, by: By) => Promise<void>
  /** What was signed under a grant ends, everywhere. */
  readonly ofGrant: (tx: Transaction, grantId: string, by: By) => Promise<void>
}

export type EndingsDeps = {
  readonly box: Box
  readonly clock: Clock
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Called after a commit that leaves somebody to be told. */
  readonly nudge: () => void
}

/** Who still signs when a grant ends is at it for this long at the most; milliseconds. */
const UNDER_WAY = 300_000
/** So few at a time that nobody who writes waits for long. */
const AT_ONCE = 50
const ITSELF: By = { principalKind: 'system', principal: 'oauth' }

/** Builds the one place that knows what ends with what. */
export function createEndings(deps: EndingsDeps): Endings {
  const { box, clock, nudge } = deps
  const { revoke } = deps.revocations

  const ofSessions: Endings['ofSessions'] = async (tx, ids, by) => {
    for (const hanging of await hangingOnSessions(tx, box, ids)) await endHanging(tx, hanging, by)
  }

  const ofSid: Endings['ofSid'] = async (tx, sid, organization, by) => {
    const until = { expiresAt: clock.now() + LONGEST_LIFE + UNDER_WAY }
    await revoke(tx, { kind: 'session', ref: sid, within: organization, ...until }, by)
    await entitiesOf(tx)
      .deleteFrom('oauth_entity')
      .where('sid_digest', '=', sidDigest(sid))
      // Where a person acts was said in the session that made the grant.
      .where('grant_digest', 'in', (grants) =>
        grants
          .selectFrom('oauth_entity as made')
          .select('made.digest')
          .whereRef('made.digest', '=', 'oauth_entity.grant_digest')
          .where('made.organization', '=', organization),
      )
      .execute()
  }

  const ofTime: Endings['ofTime'] = async (tx) => {
    const over = await hangingOver(tx, box, clock.now(), AT_ONCE)
    for (const hanging of over) await endHanging(tx, hanging, ITSELF)
    return over.length === AT_ONCE
  }

  const ofPerson: Endings['ofPerson'] = async (tx, personId, but, by) => {
    const all = await hangingOnPerson(tx, box, personId)
    const ending = all.filter(({ row }) => but === null || row.own_session !== but)
    for (const hanging of ending) await endHanging(tx, hanging, by)
    await ofRights(tx, personId, by)
    const kept = all.filter((it) => !ending.includes(it)).flatMap(({ row }) => row.alias ?? [])
    await deleteOfPerson(tx, personId, but, kept)
  }

  const ofRights: Endings['ofRights'] = async (tx, personId, by) => {
    await revoke(tx, { kind: 'subject', ref: personId }, by)
    for (const grantId of await pairwiseGrants(tx, personId)) {
      await revoke(tx, { kind: 'grant', ref: grantMark(grantId), issuedBefore: clock.now() }, by)
    }
  }

  const ofClientRights: Endings['ofClientRights'] = async (tx, clientId, by) => {
    const client = await findClientRow(clientTables(tx), clientId)
    // Who it is, is in the tokens of its own; what it got by exchange is known by whom it was given to.
    const kind = client?.grants.includes(TOKEN_EXCHANGE) === true ? 'client' : 'subject'
    await revoke(tx, { kind, ref: clientId }, by)
    await deleteOfClient(tx, clientId, 'ClientCredentials')
  }

  const ofClient: Endings['ofClient'] = async (tx, clientId, by) => {
    await revoke(tx, { kind: 'client', ref: clientId }, by)
    await deleteOfClient(tx, clientId)
    await deleteNoticesOf(tx, clientId)
  }

  const ofOrganization: Endings['ofOrganization'] = async (tx, organization, by) => {
    await revoke(tx, { kind: 'organization', ref: organization }, by)
    await entitiesOf(tx).deleteFrom('oauth_entity').where('organization', '=', organization).execute()
    // What a client has in its own name was made in no session of ours.
    for (const id of await clientIdsOf(clientTables(tx), organization)) await deleteOfClient(tx, id)
  }

  const ofGrant: Endings['ofGrant'] = (tx, grantId, by) => {
    const expiresAt = clock.now() + LONGEST_LIFE + UNDER_WAY
    return revoke(tx, { kind: 'grant', ref: grantMark(grantId), expiresAt }, by)
  }

  async function endHanging(tx: Transaction, { row, clients }: Hanging, by: By): Promise<void> {
    for (const client of clients) await endSignedIn(tx, row.person_id, client, by)
    await deleteEntity(tx, row.digest)
    if (row.alias === null) return
    await entitiesOf(tx)
      .deleteFrom('oauth_entity')
      .where('session_uid', '=', row.alias)
      .where('model', '!=', 'RefreshToken')
      .execute()
    for (const { grantId, offline } of clients) {
      if (grantId !== null && !offline) await deleteGrantOf(tx, grantId, row.alias)
    }
  }

  async function endSignedIn(tx: Transaction, personId: string | null, client: SignedIn, by: By): Promise<void> {
    const { sid, clientId, offline } = client
    // A refresh token that lives on goes on under the same name: only what was signed until now ends.
    const until = offline ? { issuedBefore: clock.now() } : { expiresAt: clock.now() + LONGEST_LIFE + UNDER_WAY }
    await revoke(tx, { kind: 'session', ref: sid, ...until }, by)
    if (personId === null) return
    await insertNotice(tx, { sid, clientId, personId }, clock.now())
    tx.afterCommit(nudge)
  }

  // A client that is told another name of the person has that in its tokens.
  async function pairwiseGrants(tx: Transaction, personId: string): Promise<string[]> {
    const rows = await entitiesOf(tx)
      .selectFrom('oauth_entity')
      .selectAll()
      .where('person_id', '=', personId)
      .where('model', '=', 'Grant')
      .execute()
    const found: string[] = []
    for (const [clientId, grants] of Map.groupBy(rows, ({ client_id }) => client_id)) {
      const client = clientId === null ? null : await findClientRow(clientTables(tx), clientId)
      if (client?.subject !== 'pairwise') continue
      found.push(...grants.flatMap((row) => openPayload(box, row).jti ?? []))
    }
    return found
  }

  return Object.freeze({
    ofSessions,
    ofSid,
    ofTime,
    ofPerson,
    ofRights,
    ofClientRights,
    ofClient,
    ofOrganization,
    ofGrant,
  })
}

async function deleteOfClient(tx: Transaction, clientId: string, model: Model | null = null): Promise<void> {
  const all = entitiesOf(tx).deleteFrom('oauth_entity').where('client_id', '=', clientId)
  await (model === null ? all : all.where('model', '=', model)).execute()
}

// Where something of another session hangs on the same grant, it lives on.
async function deleteGrantOf(tx: Transaction, grantId: string, session: Uint8Array): Promise<void> {
  const grant = entityDigest('Grant', grantId)
  const other = await entitiesOf(tx)
    .selectFrom('oauth_entity')
    .select('digest')
    .where('grant_digest', '=', grant)
    .where((row) => row.or([row('session_uid', 'is', null), row('session_uid', '!=', session)]))
    .limit(1)
    .executeTakeFirst()
  if (other !== undefined) return
  await deleteOfGrant(tx, grant, null)
  await deleteEntity(tx, grant)
}

async function deleteOfPerson(
  tx: Transaction,
  personId: string,
  but: string | null,
  kept: readonly Uint8Array[],
): Promise<void> {
  let ending = entitiesOf(tx).deleteFrom('oauth_entity').where('person_id', '=', personId)
  if (but !== null) {
    ending = ending.where((row) => row.or([row('own_session', 'is', null), row('own_session', '!=', but)]))
  }
  if (kept.length > 0) {
    ending = ending.where((row) => row.or([row('session_uid', 'is', null), row('session_uid', 'not in', kept)]))
  }
  await ending.execute()
}
