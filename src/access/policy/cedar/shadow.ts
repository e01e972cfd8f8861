import type { Decide } from './judge.ts'
import type { Entity, PolicyAnswer, PolicyRequest } from './request.ts'

/** What a decision was here, and what Cedar says: never the same. */
export type Difference = {
  readonly request: PolicyRequest
  readonly compiled: PolicyAnswer
  readonly judged: PolicyAnswer
}

export type ShadowSettings = {
  /** One decision in so many is judged, too. */
  readonly every: number
  /** Milliseconds of each second that judging may take, so that it never slows what it watches. */
  readonly budget: number
  /** Hears of a difference, once: from then on the judge decides. It is a fault of ours, and wants an alert. */
  readonly onDifference: (difference: Difference) => void
}

const SECOND = 1000
/** How many decisions may wait to be judged. */
const WAITING = 4

/** Watches decisions from aside: after the decision, in turns of the event loop that nobody waits for. */
export function createShadow(judge: Decide, { every, budget, onDifference }: ShadowSettings, onEnd: () => void) {
  let seen = 0
  let waiting = 0
  let spent = 0
  let second = 0

  const watch = (request: PolicyRequest, entities: readonly Entity[], compiled: PolicyAnswer) => {
    seen += 1
    if (seen % every !== 0 || waiting >= WAITING) return
    waiting += 1
    setImmediate(() => {
      waiting -= 1
      if (isAffordable()) compare(request, entities, compiled)
    }).unref()
  }

  const isAffordable = () => {
    const now = Math.floor(performance.now() / SECOND)
    if (now !== second) [second, spent] = [now, 0]
    return spent < budget
  }

  const compare = (request: PolicyRequest, entities: readonly Entity[], compiled: PolicyAnswer) => {
    const start = performance.now()
    const judged = judge(request, entities)
    spent += performance.now() - start
    if (isSameAnswer(compiled, judged)) return
    onEnd()
    onDifference(Object.freeze({ request, compiled, judged }))
  }

  return watch
}

/** Whether two answers say the same: decision, policies, and which policies failed; the words may differ. */
export function isSameAnswer(left: PolicyAnswer, right: PolicyAnswer): boolean {
  const failed = (answer: PolicyAnswer) => answer.errors.map(({ policy }) => policy ?? '').sort()
  const parts = (answer: PolicyAnswer) => JSON.stringify([answer.decision, answer.determining, failed(answer)])
  return parts(left) === parts(right)
}
