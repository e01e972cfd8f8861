import { createHash } from 'node:crypto'
import type { Authentication, Authenticator, Carrier, Clock, Problem, Request } from '../../core/index.ts'
import {
  isSignatureOf,
  type ReadSignature,
  readSignature,
  SIGNATURE_HEADERS,
  type SignedMessage,
  signatureBase,
  timeFault,
  uncovered,
} from '../../signatures/index.ts'
import { refuseKey } from '../problems.ts'
import { type Admission, unavailable } from '../verify/admit.ts'
import type { SignatureDirectory, SignedEntry } from './directory.ts'

/** What one place asks of signatures. */
export type SignatureDemands = {
  /** Names of headers that must be covered where a request has them, in lower case, besides what is always covered. */
  readonly covers: readonly string[]
  /** Milliseconds that a signature is good for, and that the clock of its maker may be ahead. */
  readonly window: number
}

/** Remembers a name until a time, in milliseconds: whether it is new, of many at once for one. */
export type AcceptOnce = (name: string, until: number) => boolean | Promise<boolean>

const SPENT: Carrier = Object.freeze({ headers: SIGNATURE_HEADERS, query: Object.freeze([]) })
const ABSENT: Authentication = Object.freeze({ is: 'absent' })
const CHALLENGE = 'Signature realm="sallyport"'

/**
 * The authenticator that signature keys lend the pipeline (RFC 9421): a request that says itself, provably, which API key sends
 * it, and that works once. The text of that key is not sent and need not be known.
 *
 * What is public is refused at once and precisely: the form (`SIGNATURE_UNREADABLE`), what is covered (`SIGNATURE_INCOMPLETE`),
 * the time (`SIGNATURE_NOT_CURRENT`). A wrong signature and a key that is not there get one answer
 * (`REQUEST_SIGNATURE_INVALID`), no sooner than a wrong key. Then the rules of the API key are asked, and last the nonce is
 * used up (`SIGNATURE_USED`).
 */
export function createSignatureAuthenticator(
  deps: {
    readonly directory: Pick<SignatureDirectory, 'find'>
    readonly admission: Admission
    readonly accepted: AcceptOnce
    readonly clock: Clock
  },
  { covers, window }: SignatureDemands,
): Authenticator {
  const { directory, admission, accepted, clock } = deps
  return Object.freeze({ name: 'signature', challenge: CHALLENGE, authenticate })

  function authenticate(request: Request): Authentication | Promise<Authentication> {
    const found = readSignature(request)
    if (found.is === 'absent') return ABSENT
    if (found.is === 'unreadable') return refusal(refuseKey('SIGNATURE_UNREADABLE', { reason: found.reason }))
    const { signature } = found
    const problem = coverageProblem(request, signature, covers) ?? timeProblem(signature, clock.now(), window)
    if (problem !== null) return refusal(problem)
    const known = directory.find(signature.keyId)
    if (!(known instanceof Promise)) return prove(request, signature, known)
    return known.then((it) => prove(request, signature, it), unavailable)
  }

  function prove(
    request: Request,
    signature: ReadSignature,
    known: SignedEntry | null,
  ): Authentication | Promise<Authentication> {
    const fault = faultOf(request, signature, known)
    if (fault !== null || known === null)
      return admission.later(
        refusal(refuseKey('REQUEST_SIGNATURE_INVALID', { reason: fault ?? '' })),
        request.receivedAt,
      )
    const admitted = admission.admit(request, known.entry, SPENT)
    return admitted instanceof Promise ? admitted.then((it) => use(signature, it)) : use(signature, admitted)
  }

  // What is consumed comes last: a refused request may be sent again as it is.
  function use(signature: ReadSignature, admitted: Authentication): Authentication | Promise<Authentication> {
    if (admitted.is !== 'known') return admitted
    const settle = (once: boolean): Authentication =>
      once ? admitted : { ...refusal(refuseKey('SIGNATURE_USED')), principal: admitted.principal }
    const first = accepted(nameOf(signature), clock.now() + 2 * window)
    return first instanceof Promise ? first.then(settle, unavailable) : settle(first)
  }
}

function refusal(problem: Problem): Extract<Authentication, { is: 'refused' }> {
  const told =
    problem.status === 401 ? { ...problem, headers: { 'www-authenticate': CHALLENGE, ...problem.headers } } : problem
  return { is: 'refused', problem: told }
}

function coverageProblem(request: Request, { covered }: ReadSignature, covers: readonly string[]): Problem | null {
  const has = (name: string) => request.header(name) !== undefined
  const lacking = uncovered(covered, {
    headers: covers.filter(has),
    query: request.query !== '',
    body: hasBody(request) || has('content-digest'),
    has,
  })
  if (lacking.length === 0) return null
  const names = lacking.map((name) => `"${name}"`).join(' ')
  return refuseKey('SIGNATURE_INCOMPLETE', {
    detail: `The signature must cover ${names} as well.`,
    // RFC 9421, section 5.1.
    headers: { 'accept-signature': `sig1=(${names});created;nonce;keyid` },
  })
}

function timeProblem(signature: ReadSignature, now: number, window: number): Problem | null {
  const fault = timeFault(signature, now, window)
  return fault === null ? null : refuseKey('SIGNATURE_NOT_CURRENT', { reason: fault })
}

/** Why a signature proves nothing, or null where it does. */
function faultOf(request: Request, signature: ReadSignature, known: SignedEntry | null): string | null {
  const message = messageOf(request)
  const made = message === null ? null : signatureBase(message, signature.covered)
  if (made === null) return 'the address of the request is not known'
  if (!made.ok) return `there is no ${made.component}`
  if (known === null) return 'there is no such key'
  // The key says what it is used with; the signature can only agree.
  if (signature.algorithm !== null && signature.algorithm !== known.verifying.algorithm) return 'another algorithm'
  return isSignatureOf(known.verifying, made.base, signature.signature) ? null : 'another signature'
}

function messageOf({ method, address, query, header }: Request): SignedMessage | null {
  return address === undefined ? null : { method, address: address(), query, header }
}

function hasBody({ header }: Request): boolean {
  if (header('transfer-encoding') !== undefined) return true
  const length = header('content-length')
  return length !== undefined && Number(length) !== 0
}

// One length for every name. A nonce is used up for its key alone, so that nobody uses up those of others.
function nameOf({ keyId, nonce }: ReadSignature): string {
  return createHash('sha256').update(`signature ${keyId} ${nonce}`).digest('base64url')
}
