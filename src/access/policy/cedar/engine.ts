import { done, type Result, refused } from '../../../core/index.ts'
import { refuseAccess } from '../../problems.ts'
import { findFaults } from './faults.ts'
import { createJudge, type Decide } from './judge.ts'
import { type Library, loadCedar } from './library.ts'
import type { PolicySource } from './request.ts'

/** Policies that were parsed and found right, ready to decide at once, from memory. */
export type PolicySet = {
  /**
   * What Cedar says to a request, given the entities it may look at. Never throws; what cannot be read is a deny with a
   * fault. The request and the entities must not change afterwards.
   */
  readonly decide: Decide
}

/**
 * Opens policies: parses them, holds them against their schema, and makes them ready.
 *
 * Errors: `POLICY_INVALID` with every fault, its line and column and what Cedar thinks was meant.
 *
 * @example
 * const opened = await openPolicySet({ policies: [{ id: 'all', text: 'permit(principal, action, resource);' }] })
 * if (opened.ok) opened.value.decide(request, entities).decision // 'allow'
 */
export async function openPolicySet(source: PolicySource): Promise<Result<PolicySet>> {
  const library = loadCedar()
  const errors = findFaults(library, source)
  return errors.length > 0 ? refused(refuseAccess('POLICY_INVALID', { errors })) : done(policySet(library, source))
}

function policySet(library: Library, source: PolicySource): PolicySet {
  return Object.freeze({ decide: createJudge(library, source) })
}
