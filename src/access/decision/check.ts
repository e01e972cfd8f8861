import { type Decision, SILENT } from './decision.ts'
import { ORDER, type Part } from './order.ts'
import type { Answer, Question } from './question.ts'

/** A part of the order: it answers at once, or after it has read. */
type Ask = (organization: string, question: Question) => Answer | Promise<Answer>

/** Who wants to know, where that is somebody else than the principal: an application that asks over HTTP. */
export type Asked = { readonly by: string; readonly requestId: string | null; readonly address: string | null }

export type CheckDeps = {
  readonly policies: { readonly judge: (organization: string, question: Question) => Answer | Promise<Answer> }
  readonly holdings: { readonly answer: (organization: string, question: Question) => Answer }
  readonly relations: { readonly answer: (organization: string, question: Question) => Answer | Promise<Answer> }
  /** Told of every decision; must return at once. */
  readonly record: (organization: string, question: Question, decision: Decision, asked?: Asked) => void
}

export type Check = {
  /** Whether the principal may; recorded. A plain value where nothing has to be read. */
  readonly check: (organization: string, question: Question, asked?: Asked) => Decision | Promise<Decision>
  /** The same decision with the answer of every part, whatever the others said; not recorded. */
  readonly explain: (organization: string, question: Question) => Promise<Decision>
  /** The same decision as `check`, not recorded: for questions that nobody asked, such as the candidates of a search. */
  readonly judge: (organization: string, question: Question) => Decision | Promise<Decision>
}

/**
 * Whether somebody may do something with a thing: deny unless a part allows, and one deny wins. `order.ts` lists the parts.
 *
 * @example
 * const decision = await check('org_default', { principal, action: 'read', resource: order, context: {} })
 * // { allowed: true, decidedBy: 'permission', because: ['orders:read'], answers: { … } }
 */
export function createCheck({ policies, holdings, relations, record }: CheckDeps): Check {
  const asks: Readonly<Record<Part, Ask>> = {
    policy: policies.judge,
    permission: holdings.answer,
    relation: relations.answer,
  }

  function judge(organization: string, question: Question): Decision | Promise<Decision> {
    return decideFrom(asks, organization, question, { at: 0, answers: {}, allowed: null })
  }

  function check(organization: string, question: Question, asked?: Asked): Decision | Promise<Decision> {
    const decided = judge(organization, question)
    const told = (decision: Decision): Decision => {
      record(organization, question, decision, asked)
      return decision
    }
    return decided instanceof Promise ? decided.then(told) : told(decided)
  }

  async function explain(organization: string, question: Question): Promise<Decision> {
    const answers: Partial<Record<Part, Answer>> = {}
    for (const { part } of ORDER) answers[part] = await asks[part](organization, question)
    return decisionOf(answers)
  }

  return Object.freeze({ check, explain, judge })
}

type Progress = { at: number; answers: Partial<Record<Part, Answer>>; allowed: Part | null }

function decideFrom(
  asks: Readonly<Record<Part, Ask>>,
  organization: string,
  question: Question,
  progress: Progress,
): Decision | Promise<Decision> {
  for (; progress.at < ORDER.length; progress.at++) {
    const step = ORDER[progress.at] as (typeof ORDER)[number]
    if (progress.allowed !== null && !step.denies) continue
    const answer = asks[step.part](organization, question)
    if (answer instanceof Promise) {
      return answer.then((it) => {
        progress.at++
        return taken(progress, step.part, it) ?? decideFrom(asks, organization, question, progress)
      })
    }
    const denied = taken(progress, step.part, answer)
    if (denied !== null) return denied
  }
  return ended(progress)
}

/** Takes down what a part said; a deny is the decision. */
function taken(progress: Progress, part: Part, answer: Answer): Decision | null {
  progress.answers[part] = answer
  if (answer.outcome === 'deny') {
    return { allowed: false, decidedBy: part, because: answer.because, answers: progress.answers }
  }
  if (answer.outcome === 'allow' && progress.allowed === null) progress.allowed = part
  return null
}

function ended({ allowed, answers }: Progress): Decision {
  if (allowed === null) return { allowed: false, decidedBy: null, because: SILENT.because, answers }
  return { allowed: true, decidedBy: allowed, because: (answers[allowed] ?? SILENT).because, answers }
}

/** The decision that complete answers come to. */
function decisionOf(answers: Partial<Record<Part, Answer>>): Decision {
  const progress: Progress = { at: ORDER.length, answers, allowed: null }
  for (const { part } of ORDER) {
    const denied = taken(progress, part, answers[part] ?? SILENT)
    if (denied !== null) return denied
  }
  return ended(progress)
}
