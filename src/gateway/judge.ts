import { type Authentication, anonymous, type Problem, type Step, type Stage as StepStage } from '../core/index.ts'
import { bodyBound, type Case } from './case.ts'
import type { LoadedRoute } from './load-routes.ts'
import { refuseRequest } from './problems.ts'

/** What a stage answers: nothing, or why the request ends here. */
export type Verdict = Problem | undefined

type Check = (of: Case, dry: boolean) => Verdict | Promise<Verdict>

/** The stages that decide, in their order (row G2). The only place where that order is written. */
const DECIDING = [
  ['route', findRoute],
  ['transport', checkTransport],
  ['who', findPrincipal],
  ['limits', stepsOf('limits')],
  ['access', stepsOf('access')],
  ['input', stepsOf('input')],
] as const satisfies readonly (readonly [string, Check])[]

/** Every stage of a request, in order: what `explain` prints. */
export const STAGES = Object.freeze([
  'request',
  ...DECIDING.map(([name]) => name),
  'upstream',
  'output',
  'event',
] as const)

export type StageName = (typeof STAGES)[number]

/** Told of each stage after it ran. */
export type Watcher = (stage: StageName, verdict: Verdict) => void

export type Judgement = { readonly stage: StageName; readonly problem: Problem }

/**
 * Runs the deciding stages in order. The first problem ends it. Nothing is awaited that is not a promise.
 *
 * @param dry say what would be decided, charge nothing
 * @returns undefined when the request may be forwarded
 */
export function judge(of: Case, dry: boolean, watch?: Watcher): Judgement | undefined | Promise<Judgement | undefined> {
  return judgeFrom(0, of, dry, watch)
}

function judgeFrom(
  first: number,
  of: Case,
  dry: boolean,
  watch: Watcher | undefined,
): Judgement | undefined | Promise<Judgement | undefined> {
  for (let i = first; i < DECIDING.length; i++) {
    const [stage, check] = DECIDING[i] as (typeof DECIDING)[number]
    const verdict = check(of, dry)
    if (isPromise(verdict)) {
      return verdict.then((found) => conclude(stage, found, watch) ?? judgeFrom(i + 1, of, dry, watch))
    }
    const ended = conclude(stage, verdict, watch)
    if (ended !== undefined) return ended
  }
  return undefined
}

function conclude(stage: StageName, problem: Verdict, watch: Watcher | undefined): Judgement | undefined {
  if (watch !== undefined) watch(stage, problem)
  return problem === undefined ? undefined : { stage, problem }
}

function findRoute(of: Case): Verdict {
  const { method, path } = of.inbound.request
  const found = of.table.find(method, path)
  if ('code' in found) return found
  of.route = found
  return undefined
}

function checkTransport(of: Case): Verdict {
  const { request, framing, expects, upgrade } = of.inbound
  if (upgrade !== undefined && /(^|[\s,])websocket([\s,/]|$)/i.test(upgrade))
    return refuseRequest('UPGRADE_NOT_SUPPORTED')
  if (expects !== undefined && expects.toLowerCase() !== '100-continue') return refuseRequest('EXPECTATION_FAILED')
  if (framing.is === 'none') return undefined
  const bodiless = request.method === 'GET' || request.method === 'HEAD'
  if (bodiless && (framing.is === 'chunked' || framing.bytes > 0)) return refuseRequest('REQUEST_BODY_UNEXPECTED')
  return bodyTooLarge(of)
}

function bodyTooLarge(of: Case): Verdict {
  const { framing } = of.inbound
  if (framing.is !== 'length' || framing.bytes <= bodyBound(of)) return undefined
  return refuseRequest('REQUEST_BODY_TOO_LARGE', { reason: `${framing.bytes} of ${bodyBound(of)} bytes` })
}

function findPrincipal(of: Case): Verdict | Promise<Verdict> {
  return askFrom(0, of, of.route as LoadedRoute)
}

// Only *absent* asks the next one: a bad credential is never anonymous.
function askFrom(first: number, of: Case, route: LoadedRoute): Verdict | Promise<Verdict> {
  for (let i = first; i < route.authenticators.length; i++) {
    const answer = route.authenticators[i]?.authenticate(of.inbound.request)
    if (isPromise(answer)) {
      return answer.then((late) => (late.is === 'absent' ? askFrom(i + 1, of, route) : accept(of, late)))
    }
    if (answer !== undefined && answer.is !== 'absent') return accept(of, answer)
  }
  return accept(of, route.identity.public ? NOBODY : nobodyKnown(route))
}

const NOBODY: Authentication = Object.freeze({
  is: 'known',
  principal: anonymous,
  spent: Object.freeze({ headers: Object.freeze([]), query: Object.freeze([]) }),
})

function nobodyKnown(route: LoadedRoute): Authentication {
  const problem = refuseRequest('CREDENTIAL_MISSING', { headers: { 'www-authenticate': route.challenge } })
  return { is: 'refused', problem }
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
      route: (of.route as LoadedRoute).identity,
    })
    // The credential may allow less than the route does.
    return bodyTooLarge(of)
  }
  if (answer.is !== 'refused') throw new Error('an authenticator answered neither absent, known nor refused')
  of.principal = answer.principal ?? null
  of.credential = answer.credential ?? answer.principal?.credential?.id ?? null
  return answer.problem
}

/** The steps of a stage: those of the route, then the one that came with the credential. */
function stepsOf(stage: StepStage): Check {
  return (of, dry) => {
    const verdict = applyFrom(0, (of.route as LoadedRoute).steps[stage], of, dry)
    const granted = stage === 'input' ? undefined : of.grant?.[stage]
    if (granted === undefined) return verdict
    if (isPromise(verdict)) return verdict.then((found) => found ?? apply(granted, of, dry))
    return verdict ?? apply(granted, of, dry)
  }
}

function applyFrom(first: number, steps: readonly Step[], of: Case, dry: boolean): Verdict | Promise<Verdict> {
  for (let i = first; i < steps.length; i++) {
    const verdict = apply(steps[i] as Step, of, dry)
    if (isPromise(verdict)) return verdict.then((found) => found ?? applyFrom(i + 1, steps, of, dry))
    if (verdict !== undefined) return verdict
  }
  return undefined
}

function apply(step: Step, of: Case, dry: boolean): Verdict | Promise<Verdict> {
  const finding = step.apply(of.exchange as NonNullable<Case['exchange']>, dry)
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
