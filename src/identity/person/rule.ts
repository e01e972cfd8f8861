import type { Caller, Problem } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { findSession } from '../session/store.ts'
import { tablesOf } from '../tables.ts'
import { holdSubject } from './member.ts'

/** Why others may not end what a person has; see `People.ruleProblem` and `People.ruleSessionProblem`. */
export function createRule(deps: IdentityDeps) {
  async function ruleProblem(id: string, caller: Caller): Promise<Problem | null> {
    const held = await deps.store.write((tx) => holdSubject(deps, tx, id, caller))
    return held.ok ? null : held.problem
  }

  async function ruleSessionProblem(id: string, caller: Caller): Promise<Problem | null> {
    const session = await findSession(tablesOf(deps.store), id)
    return session === null ? null : ruleProblem(session.personId, caller)
  }

  return Object.freeze({ ruleProblem, ruleSessionProblem })
}
