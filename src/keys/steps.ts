import type { Authentication, Authenticator, Carrier, Problem, Request } from '../core/index.ts'
import { refuseKey } from './problems.ts'
import { type Admission, SCHEME, unavailable, withChallenge } from './verify/admit.ts'
import type { Directory, Found } from './verify/directory.ts'

/** Where a key is read from, in this order (row K12). */
const QUERY = 'api_key'
const BEARER = /^(?:bearer|apikey) +(\S+)$/i
// A signed token, JWT or PASETO, is somebody else's credential: keys have no dots.
const TOKEN = /^(?:[\w-]+\.[\w-]+\.[\w-]*|v4\.public\.[\w-]+\.[\w-]*)$/

type Presented = { readonly text: string; readonly spent: Carrier }

/**
 * The authenticator that API keys lend the pipeline. Who has not proved a secret gets one answer, whatever was wrong, and
 * gets it no sooner than `refusalDelay` after asking, so that neither words nor time tell a wrong key from an unknown
 * one (row K11). The Event carries the precise code.
 *
 * @param options.query whether `?api_key=` is read, which only a route that says so may
 */
export function createKeyAuthenticator(
  { directory, admission }: { readonly directory: Directory; readonly admission: Admission },
  options: { readonly query: boolean },
): Authenticator {
  return Object.freeze({ name: 'apiKey', challenge: SCHEME, authenticate })

  function authenticate(request: Request): Authentication | Promise<Authentication> {
    const presented = present(request, options.query)
    if (presented === null) return ABSENT
    if (presented === 'ambiguous') return AMBIGUOUS
    const found = directory.find(presented.text)
    if (!(found instanceof Promise)) return decide(request, presented, found)
    return found.then((it) => decide(request, presented, it), unavailable)
  }

  function decide(request: Request, presented: Presented, found: Found): Authentication | Promise<Authentication> {
    if (found.is === 'unproven') return admission.later(unproven(found.code), request.receivedAt)
    return admission.admit(request, found.entry, presented.spent)
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

/** The one answer to whoever has not proved a secret (row K11). */
export function unprovenProblem(code: string): Problem {
  return withChallenge(refuseKey('KEY_INVALID', { eventCode: code }))
}

function unproven(code: string): Authentication {
  return { is: 'refused', problem: unprovenProblem(code) }
}

const ABSENT: Authentication = Object.freeze({ is: 'absent' })
const AMBIGUOUS: Authentication = Object.freeze({ is: 'refused', problem: refuseKey('CREDENTIAL_AMBIGUOUS') })
