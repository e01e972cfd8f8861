import type { Secret } from '../../core/index.ts'
import { actorOf, type Caller, createId, type EventInput, type Principal } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Policy } from '../organization/organization.ts'
import { findOrganization } from '../organization/store.ts'
import { mayComeIn, type Person } from '../person/person.ts'
import { findMembership, findPerson } from '../person/store.ts'
import { tablesOf } from '../tables.ts'
import { newToken } from '../token.ts'
import type { EndingReach } from './ended.ts'
import { entryOf, type SessionEntry } from './entry.ts'
import { labelOf } from './label.ts'
import { assuranceOf, type Proof, type Session } from './session.ts'
import { deleteSessions, findSessionByDigest, insertSession, renewRow, sessionsFrom, sessionsOf } from './store.ts'

/** A session with the token that opens it, which is shown once. */
export type Opened = { readonly session: Session; readonly token: Secret }

export type SessionStart = {
  readonly person: Person
  readonly organization: string
  readonly policy: Policy
  readonly proofs: readonly Proof[]
  readonly deviceId: string | null
  readonly caller: Caller
}

/** Opens a session; of more than a person may have the oldest end (row I9). */
export async function startSession(deps: IdentityDeps, tx: Transaction, start: SessionStart): Promise<Opened> {
  const { person, caller, policy, proofs } = start
  const now = deps.clock.now()
  const { text, digest } = newToken('sps')
  const times = timesOf(deps, policy)
  const session: Session = {
    id: createId('ses', now),
    personId: person.id,
    organization: start.organization,
    deviceId: start.deviceId,
    label: labelOf(caller.userAgent),
    userAgent: caller.userAgent,
    address: caller.address,
    country: caller.address === null ? null : deps.countryOf(caller.address),
    proofs,
    impersonation: null,
    idle: times.idle,
    createdAt: now,
    usedAt: now,
    endsAt: now + times.absolute,
    version: 1,
  }
  await insertSession(tx, session, digest)
  await endOldest(deps, tx, person, times.most, caller)
  const { acr, amr } = assuranceOf(proofs)
  await tell(deps, tx, caller, session, {
    type: 'session.started',
    outcome: 'success',
    details: { acr, amr: amr.join(' '), device: session.label },
  })
  return { session, token: text }
}

/** What an organization and the configuration allow; the stricter counts. */
export function timesOf(deps: Pick<IdentityDeps, 'settings'>, { sessions }: Policy) {
  const { absolute, idle, most } = deps.settings.sessions
  return {
    absolute: Math.min(absolute, sessions.absolute ?? absolute),
    idle: Math.min(idle, sessions.idle ?? idle),
    most: Math.min(most, sessions.most ?? most),
  }
}

async function endOldest(deps: IdentityDeps, tx: Transaction, person: Person, most: number, caller: Caller) {
  const sessions = await sessionsOf(tablesOf(tx), person.id)
  const over = sessions.filter(({ impersonation }) => impersonation === null).slice(most)
  await endSessions(deps, tx, over, { caller, reason: 'too many sessions' })
}

type Ending = { readonly caller: Caller; readonly reason: string; readonly reach?: EndingReach }

/** Ends sessions everywhere: their rows are gone with the commit, and every process hears of it. */
export async function endSessions(
  deps: Pick<IdentityDeps, 'audit' | 'onSessionsEnded'>,
  tx: Transaction,
  given: readonly Session[],
  { caller, reason, reach = THOSE }: Ending,
): Promise<number> {
  // What somebody does in another's name ends with the session that they do it from.
  const begun = await sessionsFrom(
    tablesOf(tx),
    given.map(({ id }) => id),
  )
  const sessions = [...given, ...begun]
  const ended = await deleteSessions(
    tx,
    sessions.map(({ id }) => id),
  )
  for (const session of sessions.filter(({ id }) => ended.includes(id))) {
    await tx.announce('session', session.id)
    await tell(deps, tx, caller, session, { type: 'session.ended', outcome: 'success', details: { reason } })
  }
  if (ended.length > 0 || reach !== THOSE) await deps.onSessionsEnded(tx, { sessions: ended, reach, caller })
  return ended.length
}

const THOSE: EndingReach = Object.freeze({ is: 'sessions' })

/** Signs a person out everywhere, but for one session where that is told. */
export async function endSessionsOf(
  deps: Pick<IdentityDeps, 'audit' | 'onSessionsEnded'>,
  tx: Transaction,
  personId: string,
  end: { readonly caller: Caller; readonly reason: string; readonly but?: string | null },
): Promise<number> {
  const all = await sessionsOf(tablesOf(tx), personId)
  return endSessions(
    deps,
    tx,
    all.filter(({ id }) => id !== end.but),
    { ...end, reach: { is: 'person', personId, but: end.but ?? null } },
  )
}

/**
 * Gives a session another token whenever what it may changes: a token that leaked before, or was planted, opens nothing
 * afterwards (row I9). Null when it is not there any more, or changed meanwhile.
 */
export async function renewSession(
  deps: Pick<IdentityDeps, 'clock' | 'audit'>,
  tx: Transaction,
  session: Session,
  change: Partial<Pick<Session, 'proofs' | 'organization' | 'endsAt' | 'idle'>>,
): Promise<Opened | null> {
  const { text, digest } = newToken('sps')
  const next: Session = { ...session, ...change, usedAt: deps.clock.now(), version: session.version + 1 }
  if (!(await renewRow(tx, next, session.version, digest))) return null
  await tx.announce('session', session.id)
  return { session: next, token: text }
}

/** Reads a session with everything that it depends on; null when its person may not come in any more. */
export async function readSession(deps: IdentityDeps, digest: Uint8Array): Promise<SessionEntry | null> {
  const db = tablesOf(deps.store)
  const session = await findSessionByDigest(db, digest)
  if (session === null) return null
  const [person, membership, organization] = await Promise.all([
    findPerson(db, session.personId),
    findMembership(db, session.personId, session.organization),
    findOrganization(db, session.organization),
  ])
  if (person === null || membership === null || organization?.enabled !== true) return null
  if (!mayComeIn(person, deps.clock.now())) return null
  const given = deps.access.withGiven(session.organization, person.id, membership)
  const holds = deps.access.holdingOf(session.organization, given)
  const roles = deps.access.rolesWithin(session.organization, given.roles, holds)
  return entryOf(heldTo(deps, session, organization.policy), person, { ...holds, roles, until: given.until })
}

// A policy that became stricter holds for sessions that were begun before.
function heldTo(deps: Pick<IdentityDeps, 'settings'>, session: Session, policy: Policy): Session {
  const { absolute, idle } = timesOf(deps, policy)
  const endsAt = Math.min(session.endsAt, session.createdAt + absolute)
  return { ...session, endsAt, idle: Math.min(session.idle, idle) }
}

/** The id of the session that a caller is in, or null. */
export function sessionIdOf({ credential }: Principal): string | null {
  return credential?.kind === 'session' ? credential.id : null
}

async function tell(
  deps: Pick<IdentityDeps, 'audit'>,
  tx: Transaction,
  caller: Caller,
  session: Session,
  event: EventInput,
): Promise<void> {
  const actor =
    caller.principal.kind === 'anonymous' ? { principalKind: 'user' as const, principal: session.personId } : {}
  await deps.audit.append(tx, {
    ...actorOf(caller),
    ...actor,
    organization: session.organization,
    ...event,
    resource: session.id,
  })
}
