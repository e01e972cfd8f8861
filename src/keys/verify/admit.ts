import type {
  Authentication,
  Carrier,
  Clock,
  Exchange,
  Finding,
  Grant,
  Principal,
  Problem,
  Request,
  Step,
} from '../../core/index.ts'
import { type Ask, asksOf, createHold, type Hold, type Limits } from '../../limits/index.ts'
import { refuseKey } from '../problems.ts'
import type { Usage } from '../usage.ts'
import { judge } from './check.ts'
import { domainOf } from './domain.ts'
import type { Entry } from './entry.ts'
import type { LimitAnswer, LimitCheck } from './limit.ts'

/** Where the code of its owner's second factor is, for a key that demands one (row I11). */
const MFA_HEADER = 'x-mfa-code'

/** Whether the second factor of a key's owner was proved in this request. */
export type MfaOf = (owner: Principal, request: Request) => boolean | Promise<boolean>

/** What becomes of a request whose sender proved a key, in whichever way. */
export type Admission = {
  /** Asks every rule of the key, and gives what it brings along. */
  readonly admit: (request: Request, entry: Entry, spent: Carrier) => Authentication | Promise<Authentication>
  /** An answer to who proved nothing: no sooner than the delay after asking, so that time tells nothing. */
  readonly later: (answer: Authentication, receivedAt: number) => Promise<Authentication>
}

export type AdmissionDeps = {
  readonly check: LimitCheck
  readonly limits: Limits
  readonly usage: Pick<Usage, 'count'>
  readonly clock: Clock
  readonly refusalDelay: number
  readonly mfaOf?: MfaOf | undefined
}

/** What API keys and signatures made with a key's own signature keys share: the rules, and the limits that come along. */
export function createAdmission(deps: AdmissionDeps): Admission {
  const grants = new WeakMap<Entry, Grant>()
  return Object.freeze({ admit, later })

  function admit(request: Request, entry: Entry, spent: Carrier): Authentication | Promise<Authentication> {
    if (!entry.key.requireMfa || deps.mfaOf === undefined) return settle(request, spent, entry, false)
    const mfa = deps.mfaOf(entry.principal, request)
    return mfa instanceof Promise
      ? mfa.then((it) => settle(request, spent, entry, it), unavailable)
      : settle(request, spent, entry, mfa)
  }

  function settle(request: Request, spent: Carrier, entry: Entry, mfa: boolean): Authentication {
    const problem = judge(entry, useOf(request, entry, mfa), deps.clock.now())
    if (problem !== null)
      return { is: 'refused', problem: withChallenge(problem), credential: entry.key.id, principal: entry.principal }
    const all = entry.key.requireMfa ? withCode(spent) : spent
    return { is: 'known', principal: entry.principal, spent: all, grant: grantOf(entry) }
  }

  // The answer leaves at a fixed time after the request came, so look-ups that took longer or shorter do not show.
  function later(answer: Authentication, receivedAt: number): Promise<Authentication> {
    const left = receivedAt + deps.refusalDelay - deps.clock.now()
    // A clock that was set back meanwhile must not keep anybody waiting.
    const wait = Math.min(deps.refusalDelay, Math.max(0, left))
    return new Promise((resolve) => setTimeout(resolve, wait, answer))
  }

  // One grant serves all requests of a key, but where each takes a place among those at once.
  function grantOf(entry: Entry): Grant {
    if (entry.key.concurrency !== null) return makeGrant(entry, createHold())
    const known = grants.get(entry)
    if (known !== undefined) return known
    const grant = makeGrant(entry, null)
    grants.set(entry, grant)
    return grant
  }

  function makeGrant(entry: Entry, hold: Hold | null): Grant {
    const { maxBody } = entry.key
    const apply = (exchange: Exchange, dry: boolean, beside: readonly Step[] = NO_STEPS) =>
      applyLimits(entry, hold, exchange, dry, beside)
    return {
      limits: { name: 'limits of the key', stage: 'limits', joint: true, apply },
      ...(maxBody === null ? {} : { maxBody }),
      ...(hold === null ? {} : { release: hold.end }),
    }
  }

  function applyLimits(
    entry: Entry,
    hold: Hold | null,
    exchange: Exchange,
    dry: boolean,
    beside: readonly Step[],
  ): Finding | Promise<Finding> {
    const counted = (answer: LimitAnswer): Finding => {
      if (answer.place !== null) hold?.take(answer.place)
      if (answer.problem === null && !dry) deps.usage.count(entry.key.id, exchange.request.client.text)
      return findingOf(answer)
    }
    const use = {
      dry,
      lasts: hold !== null,
      beside: beside.length === 0 ? NO_ASKS : asksOf(beside, exchange),
      exchange,
    }
    const answer = deps.check(entry, use)
    return answer instanceof Promise ? answer.then(counted) : counted(answer)
  }

  function findingOf({ problem, states }: LimitAnswer): Finding {
    if (problem !== null) return { is: 'deny', problem }
    return states.length === 0 ? undefined : { is: 'note', headers: deps.limits.headers(states) }
  }
}

// The code that proved a second factor goes no further either.
function withCode({ headers, query }: Carrier): Carrier {
  return { headers: [...headers, MFA_HEADER], query }
}

function useOf(request: Request, entry: Entry, mfa: boolean) {
  const domain = entry.domains.length === 0 ? null : domainOf(request.header('origin'), request.header('referer'))
  return {
    address: request.client,
    domain,
    method: request.method,
    path: request.path,
    scopes: NONE,
    permissions: NONE,
    mfa,
  }
}

// Nothing is let through because something failed.
export function unavailable(error: unknown): Authentication {
  const reason = error instanceof Error ? error.message : 'unknown'
  return { is: 'refused', problem: refuseKey('KEYS_UNAVAILABLE', { retryAfter: 5, reason }) }
}

/** A problem with what a 401 must say. */
export function withChallenge(problem: Problem): Problem {
  return problem.status === 401 ? { ...problem, headers: CHALLENGE } : problem
}

/** RFC 9110, section 11.6.1: what a 401 must say. */
export const SCHEME = 'ApiKey realm="sallyport"'
export const CHALLENGE = Object.freeze({ 'www-authenticate': SCHEME })
const NONE: readonly string[] = Object.freeze([])
const NO_STEPS: readonly Step[] = Object.freeze([])
const NO_ASKS: readonly Ask[] = Object.freeze([])
