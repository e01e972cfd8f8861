import { type Caller, type Clock, done, organizationOf, type Result, refused } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { type CheckDeps, createCheck } from '../decision/check.ts'
import type { Question } from '../decision/question.ts'
import type { Questions } from '../decision/questions.ts'
import { type PolicyTarget, targeted } from './change.ts'
import { openBook } from './judge-book.ts'
import type { Policy, PolicyBook, PolicyContent } from './policy.ts'
import { problemOf } from './save.ts'
import { policyTables, readBook } from './store.ts'

/** A change that is tried: a new policy, an existing one changed, or one taken away; and the schema, where it is said. */
export type Trial = {
  readonly policy:
    | { readonly is: 'new'; readonly content: PolicyContent }
    | { readonly is: 'changed'; readonly id: string; readonly change: Partial<PolicyContent> }
    | { readonly is: 'removed'; readonly id: string }
}

/** What would come out otherwise than now. */
export type Changed = {
  readonly principal: string
  readonly action: string
  readonly resource: string
  readonly allowedNow: boolean
  readonly allowedThen: boolean
  readonly because: readonly string[]
}
export type DryRun = { readonly asked: number; readonly changed: number; readonly examples: readonly Changed[] }

export type DryRunDeps = {
  readonly store: Store
  readonly clock: Clock
  readonly questions: Pick<Questions, 'latest'>
  readonly holdings: CheckDeps['holdings']
  readonly relations: CheckDeps['relations']
}

const MOST_SHOWN = 20
// Others are answered in between.
const AT_A_TIME = 50

/** Asks recorded questions once more, by the policies as they are and as they would be; see `Policies.dryRun`. */
export function createDryRun(deps: DryRunDeps) {
  return async (trial: Trial, caller: Caller): Promise<Result<DryRun>> => {
    const organization = organizationOf(caller)
    const book = await readBook(policyTables(deps.store), organization)
    const tried = triedBook(book, trial, caller)
    if (!tried.ok) return tried
    const now = deps.clock.now()
    const problem = await problemOf(tried.value, now)
    if (problem !== null) return refused(problem)
    const [before, after] = await Promise.all([judgeOf(deps, book, now), judgeOf(deps, tried.value, now)])
    const questions = await deps.questions.latest(organization)
    const changed: Changed[] = []
    for (const [at, question] of questions.entries()) {
      const [present, coming] = [await before(organization, question), await after(organization, question)]
      if (present.allowed !== coming.allowed) changed.push(changedOf(question, coming.allowed, coming.because))
      if (at % AT_A_TIME === AT_A_TIME - 1) await new Promise(setImmediate)
    }
    return done({ asked: questions.length, changed: changed.length, examples: changed.slice(0, MOST_SHOWN) })
  }
}

function triedBook(book: PolicyBook, { policy: tried }: Trial, caller: Caller): Result<PolicyBook> {
  if (tried.is === 'new') return done({ ...book, policies: [...book.policies, unsaved(tried.content, caller)] })
  const target: PolicyTarget = { id: tried.id, version: null }
  const found = targeted(book, target)
  if (!found.ok) return found
  const others = book.policies.filter(({ id }) => id !== tried.id)
  return done({ ...book, policies: tried.is === 'removed' ? others : [...others, { ...found.value, ...tried.change }] })
}

function unsaved(content: PolicyContent, caller: Caller): Policy {
  const stamp = { createdAt: 0, createdBy: '', changedAt: 0, changedBy: '', version: 0 }
  return { ...content, id: '', organization: organizationOf(caller), ...stamp }
}

async function judgeOf({ holdings, relations }: DryRunDeps, book: PolicyBook, now: number) {
  const opened = await openBook(book)
  if (!opened.ok) throw new Error('policies that were found right cannot be opened')
  const policies = { judge: (_organization: string, question: Question) => opened.value(question, now) }
  return createCheck({ policies, holdings, relations, record: () => undefined }).judge
}

function changedOf(
  { principal, action, resource }: Question,
  allowedThen: boolean,
  because: readonly string[],
): Changed {
  return {
    principal: `${principal.type}:${principal.id}`,
    action,
    resource: resource.id === null ? resource.type : `${resource.type}:${resource.id}`,
    allowedNow: !allowedThen,
    allowedThen,
    because,
  }
}
