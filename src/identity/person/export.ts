import { type Caller, done, type Event, type Result, refused } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import type { Session } from '../session/session.ts'
import { freshProblem } from '../session/step-up.ts'
import { sessionsOf } from '../session/store.ts'
import { charge } from '../sign-in/limits.ts'
import { type Tables, tablesOf } from '../tables.ts'
import { ACTIVITY_MS } from './activity.ts'
import { PERSON_RULES } from './limits.ts'
import type { Membership, Person } from './person.ts'
import { findPerson, membershipsOf } from './store.ts'
import { tellAbout } from './tell.ts'

/** A key of a person, as far as they take it along. */
export type KeyName = { readonly id: string; readonly name: string }

/** Everything that is kept about a person, without what would let somebody in. Times are milliseconds. */
export type PersonExport = {
  readonly person: Person
  readonly memberships: readonly Membership[]
  readonly passwordChangedAt: number | null
  readonly sessions: readonly Session[]
  readonly devices: readonly Named[]
  readonly factors: readonly (Named & { readonly kind: string })[]
  readonly passkeys: readonly Named[]
  readonly keys: readonly KeyName[]
  readonly events: readonly Event[]
}

type Named = {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly usedAt: number | null
}

const MOST_EVENTS = 1000
const MOST_ROWS = 1000

/** The names of a person's keys in some organizations. */
export type FindKeys = (personId: string, organizations: readonly string[]) => Promise<readonly KeyName[]>

type Deps = IdentityDeps & { readonly findKeysOf: FindKeys }

/**
 * Gives a person everything that is kept about them (row I1). Errors: `STEP_UP_REQUIRED`, `IMPERSONATION_FORBIDDEN`,
 * `SIGN_IN_LIMITED`, `USER_UNKNOWN`.
 */
export function createExport(deps: Deps) {
  const { store, limits, audit, clock } = deps

  return async (caller: Caller): Promise<Result<PersonExport>> => {
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    const { id } = caller.principal
    const limited = await charge(limits, [{ rule: PERSON_RULES.exportByPerson, key: id }])
    if (limited !== null) return refused(limited)
    const person = await findPerson(tablesOf(store), id)
    if (person === null) return refused(refuseIdentity('USER_UNKNOWN'))
    const since = clock.now() - ACTIVITY_MS
    const events = await audit.search({ principal: id, since, limit: MOST_EVENTS })
    if (!events.ok) return events
    const kept = await keptOf(tablesOf(store), id)
    const organizations = kept.memberships.map(({ organization }) => organization)
    const keys = await deps.findKeysOf(id, organizations)
    await store.write((tx) => tellAbout(deps, tx, person, caller, { type: 'user.exported', outcome: 'success' }))
    return done({ person, ...kept, keys, events: events.value.items })
  }
}

async function keptOf(db: Tables, id: string) {
  const [memberships, sessions, password, devices, factors, passkeys] = await Promise.all([
    membershipsOf(db, id),
    sessionsOf(db, id),
    db.selectFrom('password').select('changed_at').where('person_id', '=', id).executeTakeFirst(),
    db.selectFrom('device').selectAll().where('person_id', '=', id).limit(MOST_ROWS).execute(),
    db.selectFrom('factor').selectAll().where('person_id', '=', id).limit(MOST_ROWS).execute(),
    db.selectFrom('passkey').selectAll().where('person_id', '=', id).limit(MOST_ROWS).execute(),
  ])
  return {
    memberships,
    sessions,
    passwordChangedAt: password?.changed_at ?? null,
    devices: devices.map((it) => ({ id: it.id, name: it.label, createdAt: it.first_at, usedAt: it.last_at })),
    factors: factors.map((it) => ({ ...named(it), kind: it.kind })),
    passkeys: passkeys.map(named),
  }
}

function named(row: { id: string; name: string; created_at: number; used_at: number | null }): Named {
  return { id: row.id, name: row.name, createdAt: row.created_at, usedAt: row.used_at }
}
