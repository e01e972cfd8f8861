import { done, type Result, refused } from '../../../core/index.ts'
import { refuseAccess } from '../../problems.ts'
import { type Compiled, compilePolicies } from './compile/compile.ts'
import type { Needs } from './compile/needs.ts'
import { findFaults } from './faults.ts'
import { createJudge, type Decide } from './judge.ts'
import { loadCedar } from './library.ts'
import type { PolicySource } from './request.ts'
import { createShadow, type ShadowSettings } from './shadow.ts'
import { inTurns } from './turns.ts'

/** Policies that were parsed and found right, ready to decide at once, from memory. */
export type PolicySet = {
  /**
   * What Cedar says to a request, given the entities it may look at. Never throws; what cannot be read is a deny with a
   * fault. The request and the entities must not change afterwards.
   */
  readonly decide: Decide
  /** The same from Cedar itself, always. */
  readonly judge: Decide
  /** What the policies look at, so that nobody loads more. */
  readonly needs: Needs
  /** Why Cedar itself decides every request, in words; empty while compiled policies do. */
  readonly judgedBecause: () => readonly string[]
}

/**
 * Opens policies: parses them, holds them against their schema, and compiles them. With a `shadow` a sample of decisions
 * is judged by Cedar, too; at the first difference Cedar decides alone until the policies are opened anew.
 *
 * Errors: `POLICY_INVALID` with every fault, its line and column and what Cedar thinks was meant.
 *
 * @example
 * const opened = await openPolicySet({ policies: [{ id: 'all', text: 'permit(principal, action, resource);' }] })
 * if (opened.ok) opened.value.decide(request, entities).decision // 'allow'
 */
export async function openPolicySet(source: PolicySource, shadow?: ShadowSettings): Promise<Result<PolicySet>> {
  const checked = await checkPolicySet(source)
  return checked.ok ? done(await openChecked(source, shadow)) : checked
}

/**
 * Parses policies and holds them against their schema, and no more. A thousand take seconds: others have their turn
 * meanwhile.
 *
 * Errors: as to open them.
 */
export async function checkPolicySet(source: PolicySource): Promise<Result<null>> {
  const errors = await inTurns(findFaults(loadCedar(), source))
  return errors.length === 0 ? done(null) : refused(refuseAccess('POLICY_INVALID', { errors }))
}

/** Opens policies that were checked. */
export async function openChecked(source: PolicySource, shadow?: ShadowSettings): Promise<PolicySet> {
  const library = loadCedar()
  const compiled = await inTurns(compilePolicies(library, source))
  return createPolicySet(compiled, createJudge(library, source), shadow)
}

function createPolicySet(compiled: Compiled, judge: Decide, settings: ShadowSettings | undefined): PolicySet {
  let because: readonly string[] = compiled.unknown.map((name) => `${name} is not compiled`)
  const end = () => {
    because = ['Cedar decided otherwise']
  }
  const watch = settings === undefined ? null : createShadow(judge, settings, end)
  const decide: Decide = (request, entities) => {
    const answer = because.length > 0 ? null : compiled.decide(request, entities)
    if (answer === null) return judge(request, entities)
    watch?.(request, entities, answer)
    return answer
  }
  return Object.freeze({ decide, judge, needs: compiled.needs, judgedBecause: () => because })
}
