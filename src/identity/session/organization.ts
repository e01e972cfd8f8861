import { actorOf, type Caller, done, type Result, refused } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { wayRefused } from '../organization/admission.ts'
import { allowsWay } from '../organization/policy.ts'
import { findOrganization } from '../organization/store.ts'
import { findMembership } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { assuranceOf, reaches } from './session.ts'
import { type Opened, renewSession, sessionIdOf, timesOf } from './sessions.ts'
import { findSession } from './store.ts'

/**
 * Goes on in another organization of the person, with another token. What that organization demands holds: a second
 * factor, a shorter session.
 *
 * Errors: `SESSION_REQUIRED`, `ORGANIZATION_UNKNOWN` where the person does not belong, `SIGN_IN_METHOD_REFUSED`,
 * `STEP_UP_REQUIRED`, `SESSION_ENDED`.
 */
export function createSwitch(deps: IdentityDeps) {
  return (organization: string, caller: Caller): Promise<Result<Opened>> =>
    deps.store.write(async (tx) => {
      const db = tablesOf(tx)
      const id = sessionIdOf(caller.principal)
      const session = id === null ? null : await findSession(db, id)
      if (session === null) return refused(refuseIdentity('SESSION_REQUIRED'))
      if (session.impersonation !== null) return refused(refuseIdentity('IMPERSONATION_FORBIDDEN'))
      const [membership, found] = [
        await findMembership(db, session.personId, organization),
        await findOrganization(db, organization),
      ]
      if (membership === null || found?.enabled !== true) return refused(refuseIdentity('ORGANIZATION_UNKNOWN'))
      if (!allowsWay(found.policy, session.proofs)) return refused(wayRefused(found.policy))
      const enough = !found.policy.requireMfa || reaches(assuranceOf(session.proofs).acr, 'aal2')
      if (!enough) return refused(refuseIdentity('STEP_UP_REQUIRED'))
      const times = timesOf(deps, found.policy)
      const endsAt = Math.min(session.endsAt, session.createdAt + times.absolute)
      const opened = await renewSession(deps, tx, session, { organization, endsAt, idle: times.idle })
      if (opened === null) return refused(refuseIdentity('SESSION_ENDED'))
      const event = { type: 'session.organization_changed', outcome: 'success' } as const
      const details = { from: session.organization }
      await deps.audit.append(tx, { ...actorOf(caller), ...event, organization, resource: session.id, details })
      return done(opened)
    })
}
