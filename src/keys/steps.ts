import type {
  Authentication,
  Authenticator,
  Carrier,
  Clock,
  Exchange,
  Finding,
  Grant,
  Principal,
  Problem,
  Request,
  Step,
} from '../core/index.ts'
import { type Ask, asksOf, type Limits, type Place } from '../limits/index.ts'
import { judge } from './check.ts'
import type { Directory, Found } from './directory.ts'
import { domainOf } from './domain.ts'
import type { Entry } from './entry.ts'
import type { LimitAnswer, LimitCheck } from './limit.ts'
import { refuseKey } from './problems.ts'
import type { Usage } from './usage.ts'

/** Where a key is read from, in this order (row K12). */
const QUERY = 'api_key'
const BEARER = /^(?:bearer|apikey) +(\S+)$/i
/** Where the code of its owner's second factor is, for a key that demands one (row I11). */
const MFA_HEADER = 'x-mfa-code'
// A signed token, JWT or PASETO, is somebody else's credential: keys have no dots.
const TOKEN = /^(?:[\w-]+\.[\w-]+\.[\w-]*|v4\.public\.[\w-]+\.[\w-]*)$/

/** Whether the second factor of a key's owner was proved in this request. */
export type MfaOf = (owner: Principal, request: Request) => boolean | Promise<boolean>

type Presented = { readonly text: string; readonly spent: Carrier }

/**
 * The authenticator that API keys lend the pipeline. Who has not proved a secret gets one answer, whatever was wrong, and
 * gets it no sooner than `refusalDelay` after asking, so that neither words nor time tell a wrong key from an unknown
 * one (row K11). The Event carries the precise code.
 *
 * @param options.query whether `?api_key=` is read, which only a route that says so may
 */
export function createKeyAuthenticator(
  deps: {
    directory: Directory
    check: LimitCheck
    limits: Limits
    usage: Pick<Usage, 'count'>
    clock: Clock
    refusalDelay: number
    mfaOf?: MfaOf | undefined
  },
  options: { readonly query: boolean },
): Authenticator {
  const grants = new WeakMap<Entry, Grant>()
  return Object.freeze({ name: 'apiKey', challenge: SCHEME, authenticate })

  function authenticate(request: Request): Authentication | Promise<Authentication> {
    const presented = present(request, options.query)
    if (presented === null) return ABSENT
    if (presented === 'ambiguous') return AMBIGUOUS
    const found = deps.directory.find(presented.text)
    if (!(found instanceof Promise)) return decide(request, presented, found)
    return found.then((it) => decide(request, presented, it), unavailable)
  }

  function decide(request: Request, presented: Presented, found: Found): Authentication | Promise<Authentication> {
    if (found.is === 'unproven') return later(unproven(found.code), request.receivedAt)
    const { entry } = found
    if (!entry.key.requireMfa || deps.mfaOf === undefined) return settle(request, presented, entry, false)
    const mfa = deps.mfaOf(entry.principal, request)
    return mfa instanceof Promise
      ? mfa.then((it) => settle(request, presented, entry, it), unavailable)
      : settle(request, presented, entry, mfa)
  }

  function settle(request: Request, presented: Presented, entry: Entry, mfa: boolean): Authentication {
    const problem = judge(entry, useOf(request, entry, mfa), deps.clock.now())
    if (problem !== null)
      return { is: 'refused', problem: withChallenge(problem), credential: entry.key.id, principal: entry.principal }
    const spent = entry.key.requireMfa ? withCode(presented.spent) : presented.spent
    return { is: 'known', principal: entry.principal, spent, grant: grantOf(entry) }
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

type Hold = { readonly take: (place: Place) => void; readonly end: () => void }

// The place of one exchange: given back once, and at once when the exchange was over before the place was there.
function createHold(): Hold {
  let place: Place | null = null
  let over = false
  return {
    take: (given) => {
      if (over) given.leave()
      else place = given
    },
    end: () => {
      over = true
      place?.leave()
      place = null
    },
  }
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

/** Finds the key in a request: nothing, exactly one, or two different ones. */
function present(request: Request, query: boolean): Presented | 'ambiguous' | null {
  const found = candidates(request, query)
  const [first] = found
  if (first === undefined) return null
  if (found.some(({ text }) => text !== first.text)) return 'ambiguous'
  const names = found.map(({ from }) => from)
  const spent = { headers: names.filter((name) => name !== QUERY), query: names.includes(QUERY) ? [QUERY] : [] }
  return { text: first.text, spent }
}

/** The text of the key that a request shows in its headers, or null. */
export function textOf(request: Request): string | null {
  const presented = present(request, false)
  return presented === null || presented === 'ambiguous' ? null : presented.text
}

type Candidate = { readonly from: string; readonly text: string }

function candidates(request: Request, query: boolean): Candidate[] {
  const found: Candidate[] = []
  const authorization = request.header('authorization')
  const bearer = authorization === undefined ? null : BEARER.exec(authorization)
  if (bearer?.[1] !== undefined && !TOKEN.test(bearer[1])) found.push({ from: 'authorization', text: bearer[1] })
  for (const name of ['x-api-key', 'apikey']) {
    const value = request.header(name)
    if (value !== undefined) found.push({ from: name, text: value })
  }
  if (query && request.query !== '') {
    for (const text of new URLSearchParams(request.query).getAll(QUERY)) found.push({ from: QUERY, text })
  }
  return found
}

// Nothing is let through because something failed.
function unavailable(error: unknown): Authentication {
  const reason = error instanceof Error ? error.message : 'unknown'
  return { is: 'refused', problem: refuseKey('KEYS_UNAVAILABLE', { retryAfter: 5, reason }) }
}

/** The one answer to whoever has not proved a secret (row K11). */
export function unprovenProblem(code: string): Problem {
  return withChallenge(refuseKey('KEY_INVALID', { eventCode: code }))
}

function unproven(code: string): Authentication {
  return { is: 'refused', problem: unprovenProblem(code) }
}

/** A problem with what a 401 must say. */
export function withChallenge(problem: Problem): Problem {
  return problem.status === 401 ? { ...problem, headers: CHALLENGE } : problem
}

/** RFC 9110, section 11.6.1: what a 401 must say. */
const SCHEME = 'ApiKey realm="sallyport"'
export const CHALLENGE = Object.freeze({ 'www-authenticate': SCHEME })
const NONE: readonly string[] = Object.freeze([])
const NO_STEPS: readonly Step[] = Object.freeze([])
const NO_ASKS: readonly Ask[] = Object.freeze([])
const ABSENT: Authentication = Object.freeze({ is: 'absent' })
const AMBIGUOUS: Authentication = Object.freeze({ is: 'refused', problem: refuseKey('CREDENTIAL_AMBIGUOUS') })
