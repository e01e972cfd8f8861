import type { Exchange, Problem } from '../../core/index.ts'
import { refuseAccess } from '../problems.ts'
import type { BodyFilter, Properties } from '../property/properties.ts'
import { type Body, isJson, isPlain, type Ruling } from './bodies.ts'
import { notTheirs, type OwnerRule } from './owner.ts'

export type Answer = Body & { readonly status: number }

/** What a route says of the answers of its upstream. */
export type AnswerSettings = {
  /** The type whose readable properties may be seen. */
  readonly properties: string | null
  readonly at: string | null
  readonly beside: readonly string[]
  readonly maxBody: number
  readonly owner: OwnerRule | null
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const NOTHING = Buffer.alloc(0)

/**
 * What is made of the answers on a route: what the caller may not see is cut out, and an object that is another's is
 * answered as if it did not exist.
 *
 * Errors: `OBJECT_NOT_FOUND`, `OBJECT_FORBIDDEN`, `ANSWER_WITHHELD`.
 *
 * @returns `answer` for every answer, `before` for what is asked of an object before it is changed; null for none
 */
export function answerRules(settings: AnswerSettings, properties: Properties) {
  const { properties: type, at, beside, maxBody, owner } = settings
  if (type === null) return { answer: null, before: null }
  const shared = { at, beside }
  const all = properties.reader(type, { ...shared, onlyTheirs: false })
  if (owner?.from !== 'answer') return { answer: { maxBody, judge: judgeAnswer(all, null) }, before: null }
  const theirs = properties.reader(type, { ...shared, onlyTheirs: true })
  const [judgeTheirs, judgeAll] = [judgeAnswer(theirs, owner), judgeAnswer(all, null)]
  return {
    answer: {
      maxBody,
      // What was changed was theirs before; what is answered then tells of that.
      judge: (exchange: Exchange, answer: Answer) =>
        SAFE.has(exchange.request.method) ? judgeTheirs(exchange, answer) : judgeAll(exchange, answer),
    },
    before: { maxBody, judge: judgeBefore(theirs, owner) },
  }
}

function judgeAnswer(read: BodyFilter, owner: OwnerRule | null) {
  return ({ principal }: Exchange, answer: Answer): Ruling => {
    if (owner !== null && answer.status === 404) return denied(refuseAccess('OBJECT_NOT_FOUND'))
    const failed = answer.status >= 300
    // An error may tell of an object of which nobody knows yet whose it is.
    if (answer.bytes.length === 0 || (failed && (owner !== null || unreadable(answer) !== null))) {
      return owner === null || failed
        ? { is: 'body', bytes: NOTHING }
        : denied(notTheirs(owner.otherwise, 'says nothing'))
    }
    const wrong = unreadable(answer)
    if (wrong !== null) return denied(refuseAccess('ANSWER_WITHHELD', { reason: wrong }))
    const found = read(principal, answer.bytes)
    if (!found.ok) return denied(found.problem)
    const { bytes, notTheirs: others } = found.value
    return owner !== null && others ? denied(notTheirs(owner.otherwise, OTHERS)) : { is: 'body', bytes }
  }
}

const OTHERS = 'owned by somebody else'

// One object, plainly theirs: of a list, or of what does not say whose it is, nobody knows what would be changed.
function judgeBefore(read: BodyFilter, owner: OwnerRule) {
  return ({ principal }: Exchange, answer: Answer): Ruling => {
    if (answer.status === 404) return denied(refuseAccess('OBJECT_NOT_FOUND'))
    const wrong = answer.status === 200 ? unreadable(answer) : `status ${answer.status} when asked whose it is`
    if (wrong !== null) return denied(refuseAccess('ANSWER_WITHHELD', { reason: wrong }))
    const found = read(principal, answer.bytes)
    if (!found.ok) return denied(found.problem)
    return found.value.isOneOfTheirs ? { is: 'body', bytes: NOTHING } : denied(notTheirs(owner.otherwise, OTHERS))
  }
}

function unreadable({ type, encoding }: Answer): string | null {
  if (!isPlain(encoding)) return `encoded: ${encoding}`
  return isJson(type) ? null : `not JSON: ${type ?? 'no Content-Type'}`
}

function denied(problem: Problem): Ruling {
  return { is: 'deny', problem }
}
