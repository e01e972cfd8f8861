import { actorOf, type Caller, createId, done, type Problem, type Result, refused } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { exceededProblem, NOTHING_GRANTED } from '../person/grants.ts'
import { mayComeIn } from '../person/person.ts'
import { findMembership, findPerson } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { newToken } from '../token.ts'
import { labelOf } from './label.ts'
import type { Session } from './session.ts'
import { endSessions, type Opened, renewSession, sessionIdOf } from './sessions.ts'
import { freshProblem } from './step-up.ts'
import { findSession, insertSession } from './store.ts'

export type ImpersonationWish = {
  readonly personId: string
  readonly reason: string
  /** Milliseconds. */
  readonly lasts: number
}

/** Acting in a person's name: by permission alone, with a reason, for a while, and told to both (row I14). */
export type Impersonation = {
  /**
   * Opens a session in somebody's name beside the one of whoever asks. It can do nothing sensitive, and ends with the
   * session it came from. Errors: `SESSION_REQUIRED`, `STEP_UP_REQUIRED`, `IMPERSONATION_FORBIDDEN`, `USER_UNKNOWN`,
   * `ROLE_EXCEEDED`.
   */
  readonly start: (wish: ImpersonationWish, caller: Caller) => Promise<Result<Opened>>
  /** Ends it. Back comes the session that it was begun from, with another token; null when that is over. */
  readonly end: (caller: Caller) => Promise<Result<Opened | null>>
}

export function createImpersonation(deps: IdentityDeps): Impersonation {
  const { store, clock } = deps

  const start: Impersonation['start'] = async (wish, caller) => {
    const from = sessionIdOf(caller.principal)
    if (from === null) return refused(refuseIdentity('SESSION_REQUIRED'))
    const problem = (await freshProblem(deps, caller)) ?? (await targetProblem(wish.personId, caller))
    return problem === null ? open(wish, from, caller) : refused(problem)
  }

  async function targetProblem(personId: string, caller: Caller): Promise<Problem | null> {
    const db = tablesOf(store)
    const organization = caller.principal.organization ?? ''
    const [person, membership] = await Promise.all([
      findPerson(db, personId),
      findMembership(db, personId, organization),
    ])
    if (person === null || membership === null || person.organization !== organization)
      return refuseIdentity('USER_UNKNOWN')
    if (personId === caller.principal.id || !mayComeIn(person, clock.now()))
      return refuseIdentity('IMPERSONATION_FORBIDDEN')
    // Nobody becomes more than they are.
    const held = deps.access.withGiven(organization, personId, membership)
    return exceededProblem(deps, organization, [NOTHING_GRANTED, held], caller)
  }

  function open({ personId, reason, lasts }: ImpersonationWish, from: string, caller: Caller): Promise<Result<Opened>> {
    return store.write(async (tx) => {
      const db = tablesOf(tx)
      const [person, own] = [await findPerson(db, personId), await findSession(db, from)]
      if (person === null || own === null) return refused(refuseIdentity('SESSION_ENDED'))
      const now = clock.now()
      const { text, digest } = newToken('sps')
      const by = caller.principal.id
      const session: Session = {
        ...own,
        id: createId('ses', now),
        personId,
        label: labelOf(caller.userAgent),
        impersonation: { by, reason, from },
        createdAt: now,
        usedAt: now,
        endsAt: Math.min(own.endsAt, now + lasts),
        version: 1,
      }
      await insertSession(tx, session, digest)
      const until = session.endsAt
      await deps.audit.append(tx, {
        ...actorOf(caller),
        type: 'impersonation.started',
        outcome: 'success',
        resource: personId,
        details: { reason, until: new Date(until).toISOString(), session: session.id },
      })
      const administrator = await findPerson(db, by)
      await deps.notices.mail(tx, {
        to: [person.email],
        template: 'impersonated',
        data: { name: person.name, by: administrator?.name ?? by, reason, until },
        language: person.language,
        organization: person.organization,
      })
      return done({ session, token: text })
    })
  }

  const end: Impersonation['end'] = (caller) =>
    store.write(async (tx) => {
      const db = tablesOf(tx)
      const id = sessionIdOf(caller.principal)
      const session = id === null ? null : await findSession(db, id)
      if (session?.impersonation == null) return refused(refuseIdentity('IMPERSONATION_UNKNOWN'))
      const { by, from } = session.impersonation
      await endSessions(deps, tx, [session], { caller, reason: 'impersonation ended' })
      await deps.audit.append(tx, {
        ...actorOf(caller),
        type: 'impersonation.ended',
        outcome: 'success',
        resource: session.personId,
        details: { by },
      })
      const own = await findSession(db, from)
      return done(own === null || own.personId !== by ? null : await renewSession(deps, tx, own, {}))
    })

  return Object.freeze({ start, end })
}
