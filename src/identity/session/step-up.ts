import type { Caller, Level, Principal, Problem } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { countOwnFactors } from '../factor/own.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { reaches } from './session.ts'

type Deps = Pick<IdentityDeps, 'store' | 'clock' | 'settings' | 'notices'>

/**
 * Why somebody has to prove again who they are before they do what is sensitive; null when they need not (row I10). What
 * counts is the session: the last proof may not be older than `identity.signIn.stepUpWithin`, and whoever has a second
 * factor must have proved it. Machines are not asked: they have nothing to prove but their key.
 *
 * Errors: `STEP_UP_REQUIRED`, `IMPERSONATION_FORBIDDEN`.
 *
 * @param wanted the least level, where the operation demands more than the person's own best
 * @example
 * const problem = await freshProblem(deps, caller)
 * if (problem !== null) return refused(problem)
 */
export async function freshProblem(deps: Deps, caller: Caller, wanted: Level = 'aal1'): Promise<Problem | null> {
  const { principal } = caller
  if (principal.actor !== undefined) return refuseIdentity('IMPERSONATION_FORBIDDEN')
  if (principal.credential?.kind !== 'session') return null
  const best = await bestLevelOf(deps, principal)
  const least = reaches(best, wanted) ? best : wanted
  return isFresh(deps, principal, least) ? null : stepUpProblem(deps, least)
}

function isFresh({ clock, settings }: Deps, { assurance }: Principal, least: Level): boolean {
  if (assurance === undefined || !reaches(assurance.acr, least)) return false
  return clock.now() - assurance.provedAt <= settings.signIn.stepUpWithin
}

async function bestLevelOf(deps: Deps, { id }: Principal): Promise<Level> {
  return (await countOwnFactors(deps, tablesOf(deps.store), id)) > 0 ? 'aal2' : 'aal1'
}

/** RFC 9470, section 3: which proof is wanted, and how old it may be. */
function stepUpProblem({ settings }: Deps, least: Level): Problem {
  const seconds = Math.floor(settings.signIn.stepUpWithin / 1000)
  const challenge = `Session error="insufficient_user_authentication", acr_values="${least}", max_age="${seconds}"`
  return refuseIdentity('STEP_UP_REQUIRED', { headers: { 'www-authenticate': challenge } })
}
