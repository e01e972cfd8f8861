import { type Authentication, anonymous, type JointStep, type Problem, type Stage, type Step } from '../core/index.ts'
import { bodyBound, type Case, type Guard } from './case.ts'
import { refuseRequest } from './problems.ts'

/** What a stage answers: nothing, or why the request ends here. */
export type Verdict = Problem | undefined

export type Check<C> = (of: C, dry: boolean) => Verdict | Promise<Verdict>

/** Stages that decide, by name, in their order. */
export type Stages<C, Name extends string> = readonly (readonly [name: Name, check: Check<C>])[]

/** Told of each stage after it ran. */
export type Watcher<Name extends string> = (stage: Name, verdict: Verdict) => void

export type Judgement<Name extends string> = { readonly stage: Name; readonly problem: Problem }

/**
 * Runs deciding stages in order. The first problem ends it. Nothing is awaited that is not a promise.
 *
 * @param dry say what would be decided, charge nothing
 * @returns undefined when the request may go on
 */
export type Judge<C, Name extends string> = (
  of: C,
  dry: boolean,
  watch?: Watcher<Name>,
) => Judgement<Name> | undefined | Promise<Judgement<Name> | undefined>

/** The stages that every way in shares, in their order (row G2): who asks, and whether they may. */
export const DECIDING = [
  ['who', findPrincipal],
  ['limits', holdLimits],
  ['access', stepsOf('access')],
  ['input', stepsOf('input')],
] as const satisfies Stages<Case, string>

export function createJudge<C extends Case, Name extends string>(stages: Stages<C, Name>): Judge<C, Name> {
  return (of, dry, watch) => judgeFrom(0, of, dry, watch)

  function judgeFrom(first: number, of: C, dry: boolean, watch: Watcher<Name> | undefined): ReturnType<Judge<C, Name>> {
    for (let i = first; i < stages.length; i++) {
      const [stage, check] = stages[i] as (typeof stages)[number]
      const verdict = check(of, dry)
      if (isPromise(verdict)) {
        return verdict.then((found) => conclude(stage, found, watch) ?? judgeFrom(i + 1, of, dry, watch))
      }
      const ended = conclude(stage, verdict, watch)
      if (ended !== undefined) return ended
    }
    return undefined
  }

  function conclude(stage: Name, problem: Verdict, watch: Watcher<Name> | undefined): Judgement<Name> | undefined {
    if (watch !== undefined) watch(stage, problem)
    return problem === undefined ? undefined : { stage, problem }
  }
}

/** Refuses a body that says itself that it is larger than may be sent. */
export function bodyTooLarge(of: Case): Verdict {
  const { framing } = of.inbound
  if (framing.is !== 'length' || framing.bytes <= bodyBound(of)) return undefined
  return refuseRequest('REQUEST_BODY_TOO_LARGE', { reason: `${framing.bytes} of ${bodyBound(of)} bytes` })
}

function findPrincipal(of: Case): Verdict | Promise<Verdict> {
  return askFrom(0, of, of.route as Guard)
}

// Only *absent* asks the next one: a bad credential is never anonymous.
function askFrom(first: number, of: Case, route: Guard): Verdict | Promise<Verdict> {
  for (let i = first; i < route.authenticators.length; i++) {
    const answer = route.authenticators[i]?.authenticate(of.inbound.request)
    if (isPromise(answer)) {
      return answer.then((late) => (late.is === 'absent' ? askFrom(i + 1, of, route) : accept(of, late)))
    }
    if (answer !== undefined && answer.is !== 'absent') return accept(of, answer)
  }
  return accept(of, route.identity.public ? NOBODY : { is: 'refused', problem: nobodyKnown(route) })
}

const NOBODY: Authentication = Object.freeze({
  is: 'known',
  principal: anonymous,
  spent: Object.freeze({ headers: Object.freeze([]), query: Object.freeze([]) }),
})

/** The problem of a request that shows no credential where one is needed. */
export function nobodyKnown({ challenge }: Pick<Guard, 'challenge'>): Problem {
  return refuseRequest('CREDENTIAL_MISSING', { headers: { 'www-authenticate': challenge } })
}

function accept(of: Case, answer: Authentication): Verdict {
  if (answer.is === 'known') {
    of.principal = answer.principal
    of.credential = answer.principal.credential?.id ?? null
    of.spent = answer.spent
    of.grant = answer.grant ?? null
    of.exchange = Object.freeze({
      request: of.inbound.request,
      principal: answer.principal,
      route: (of.route as Guard).identity,
    })
    // The credential may allow less than the route does.
    return bodyTooLarge(of)
  }
  if (answer.is !== 'refused') throw new Error('an authenticator answered neither absent, known nor refused')
  of.principal = answer.principal ?? null
  of.credential = answer.credential ?? answer.principal?.credential?.id ?? null
  return answer.problem
}

/** The limits of the route, and those of the credential: as one decision where the credential's step offers that. */
function holdLimits(of: Case, dry: boolean): Verdict | Promise<Verdict> {
  const granted = of.grant?.limits
  if (granted === undefined || !('joint' in granted)) return applyLimits(of, dry)
  return applyStep(granted, of, dry, (of.route as Guard).steps.limits)
}

const applyLimits = stepsOf('limits')

/** The steps of a stage: those of the route, then the one that came with the credential. */
function stepsOf(stage: Stage): Check<Case> {
  return (of, dry) => {
    const verdict = applyFrom(0, (of.route as Guard).steps[stage], of, dry)
    const granted = stage === 'input' ? undefined : of.grant?.[stage]
    if (granted === undefined) return verdict
    if (isPromise(verdict)) return verdict.then((found) => found ?? applyStep(granted, of, dry))
    return verdict ?? applyStep(granted, of, dry)
  }
}

function applyFrom(first: number, steps: readonly Step[], of: Case, dry: boolean): Verdict | Promise<Verdict> {
  for (let i = first; i < steps.length; i++) {
    const verdict = applyStep(steps[i] as Step, of, dry)
    if (isPromise(verdict)) return verdict.then((found) => found ?? applyFrom(i + 1, steps, of, dry))
    if (verdict !== undefined) return verdict
  }
  return undefined
}

/** Asks one step about a case that has its Exchange, and keeps what it wants said in the answer. */
export function applyStep(
  step: Step | JointStep,
  of: Case,
  dry: boolean,
  beside?: readonly Step[],
): Verdict | Promise<Verdict> {
  const finding = step.apply(of.exchange as NonNullable<Case['exchange']>, dry, beside)
  return isPromise(finding) ? finding.then((late) => heed(late, of)) : heed(finding, of)
}

function heed(finding: Awaited<ReturnType<Step['apply']>>, of: Case): Verdict {
  if (finding === undefined) return undefined
  if (finding.is === 'deny') return finding.problem
  if (finding.is !== 'note') throw new Error('a step answered neither nothing, note nor deny')
  for (const name in finding.headers) of.notes.push(name, finding.headers[name] as string)
  return undefined
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise
}
