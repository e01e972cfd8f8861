import type {
  Authentication,
  Authenticator,
  Carrier,
  Clock,
  Exchange,
  Finding,
  Grant,
  Problem,
  Request,
} from '../core/index.ts'
import type { Limits } from '../limits/index.ts'
import { judge } from './check.ts'
import type { Directory, Found } from './directory.ts'
import { domainOf } from './domain.ts'
import type { Entry } from './entry.ts'
import type { LimitAnswer } from './limit.ts'
import { refuseKey } from './problems.ts'
import type { Usage } from './usage.ts'

/** Where a key is read from, in this order (row K12). */
const QUERY = 'api_key'
const BEARER = /^(?:bearer|apikey) +(\S+)$/i
// A JSON Web Token is somebody else's credential: keys have no dots.
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/

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
    check: (entry: Entry, dry: boolean) => LimitAnswer | Promise<LimitAnswer>
    limits: Limits
    usage: Usage
    clock: Clock
    refusalDelay: number
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
    const problem = judge(entry, useOf(request, entry), deps.clock.now())
    if (problem !== null)
      return { is: 'refused', problem: withChallenge(problem), credential: entry.key.id, principal: entry.principal }
    return { is: 'known', principal: entry.principal, spent: presented.spent, grant: grantOf(entry) }
  }

  // The answer leaves at a fixed time after the request came, so look-ups that took longer or shorter do not show.
  function later(answer: Authentication, receivedAt: number): Promise<Authentication> {
    const wait = Math.max(0, receivedAt + deps.refusalDelay - deps.clock.now())
    return new Promise((resolve) => setTimeout(resolve, wait, answer))
  }

  // One grant serves all requests of a key, but where places among its concurrent requests are counted.
  function grantOf(entry: Entry): Grant {
    const { concurrency } = entry.key
    if (concurrency !== null) return makeGrant(entry, createPlace(deps.limits, entry.key.id, concurrency))
    const known = grants.get(entry)
    if (known !== undefined) return known
    const grant = makeGrant(entry, null)
    grants.set(entry, grant)
    return grant
  }

  function makeGrant(entry: Entry, place: Place | null): Grant {
    const { maxBody } = entry.key
    const apply = (exchange: Exchange, dry: boolean) => applyLimits(entry, place, exchange, dry)
    return {
      limits: { name: 'limits of the key', stage: 'limits', apply },
      ...(maxBody === null ? {} : { maxBody }),
      ...(place === null ? {} : { release: place.leave }),
    }
  }

  function applyLimits(
    entry: Entry,
    place: Place | null,
    exchange: Exchange,
    dry: boolean,
  ): Finding | Promise<Finding> {
    if (place !== null && !place.enter(dry)) {
      return { is: 'deny', problem: refuseKey('CONCURRENCY_LIMITED', { retryAfter: 1 }) }
    }
    const counted = (answer: LimitAnswer): Finding => {
      if (answer.problem === null && !dry) deps.usage.count(entry.key.id, exchange.request.client.text)
      return findingOf(answer)
    }
    const answer = deps.check(entry, dry)
    return answer instanceof Promise ? answer.then(counted) : counted(answer)
  }

  function findingOf({ problem, states }: LimitAnswer): Finding {
    if (problem !== null) return { is: 'deny', problem }
    return states.length === 0 ? undefined : { is: 'note', headers: deps.limits.headers(states) }
  }
}

type Place = { readonly enter: (dry: boolean) => boolean; readonly leave: () => void }

// One place among the key's concurrent requests: taken at most once, given back at most once.
function createPlace(limits: Limits, keyId: string, max: number): Place {
  let taken = false
  return {
    enter: (dry) => {
      if (dry) return limits.inside(keyId) < max
      taken = limits.enter(keyId, max)
      return taken
    },
    leave: () => {
      if (taken) limits.leave(keyId)
      taken = false
    },
  }
}

function useOf(request: Request, entry: Entry) {
  const domain = entry.domains.length === 0 ? null : domainOf(request.header('origin'), request.header('referer'))
  return {
    address: request.client,
    domain,
    method: request.method,
    path: request.path,
    scopes: NONE,
    permissions: NONE,
    mfa: false,
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

function unproven(code: string): Authentication {
  return { is: 'refused', problem: withChallenge(refuseKey('KEY_INVALID', { eventCode: code })) }
}

function withChallenge(problem: Problem): Problem {
  return problem.status === 401 ? { ...problem, headers: CHALLENGE } : problem
}

/** RFC 9110, section 11.6.1: what a 401 must say. */
const SCHEME = 'ApiKey realm="sallyport"'
export const CHALLENGE = Object.freeze({ 'www-authenticate': SCHEME })
const NONE: readonly string[] = Object.freeze([])
const ABSENT: Authentication = Object.freeze({ is: 'absent' })
const AMBIGUOUS: Authentication = Object.freeze({ is: 'refused', problem: refuseKey('CREDENTIAL_AMBIGUOUS') })
