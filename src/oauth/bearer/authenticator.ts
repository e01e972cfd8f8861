import type { Authentication, Authenticator, Principal, Problem, Request } from '../../core/index.ts'
import {
  type Binding,
  type Expectation,
  isPaseto,
  type ProvenToken,
  refuseToken,
  type TokenAnswer,
  type TokenVerifier,
  thumbprintOf,
} from '../../tokens/index.ts'
import { challengeFor, type Scheme, withChallenge } from './challenge.ts'
import { refuseBearer } from './problems.ts'

export type TokenAuthenticatorDeps = {
  readonly verifier: TokenVerifier
  readonly principalOf: (token: ProvenToken) => Principal
  /**
   * What a token that is neither JWT nor PASETO says, for who asks its issuer (RFC 7662); null for one that is not good. Without it such
   * tokens are malformed.
   */
  readonly introspect?: (token: string) => Promise<ProvenToken | null>
}

/** What one place asks of tokens. */
export type TokenDemands = {
  /** How the authenticator is called in the place's settings. */
  readonly name: string
  /** Who tokens must be for; null takes what their issuer speaks for. */
  readonly audience: string | null
  /** The issuers that are taken; null for all that are known. */
  readonly issuers: readonly string[] | null
  /** Whether each token works once. */
  readonly once: boolean
  /** The ways in which tokens must be bound, one of them; empty for none. A bound token needs its proof in any case. */
  readonly bound: readonly Binding[]
  /** Where the place tells about itself (RFC 9728), for challenges. */
  readonly resourceMetadata?: string | null
  /** What a token needs here, for challenges. It is asked for elsewhere. */
  readonly scopes?: readonly string[]
}

// RFC 6750, section 2.1; RFC 9449, section 7.1.
const CREDENTIALS = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i
const SPENT = Object.freeze({ headers: Object.freeze(['authorization', 'dpop']), query: Object.freeze([]) })
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/
const ABSENT: Authentication = Object.freeze({ is: 'absent' })

/**
 * The authenticator that access tokens lend the pipeline: as a bearer, bound to a key (`DPoP`), or bound to a certificate
 * (RFC 6750; RFC 9449, section 7; RFC 8705, section 3). A token is read from the `Authorization` header and nowhere else.
 *
 * Refuses with the codes of the verifier, and with `TOKENS_UNAVAILABLE` when the keys of an issuer cannot be had.
 */
export function createTokenAuthenticator(deps: TokenAuthenticatorDeps, demands: TokenDemands): Authenticator {
  const { verifier, principalOf, introspect } = deps
  const { name, audience, once, bound, resourceMetadata = null } = demands
  const issuers = demands.issuers ?? undefined
  const plain: Expectation = Object.freeze({
    audience,
    issuers,
    once,
    bound,
    proof: Object.freeze({ scheme: 'Bearer' }),
  })

  return Object.freeze({ name, challenge: challengeFor(bound, resourceMetadata, demands.scopes), authenticate })

  function authenticate(request: Request): Authentication | Promise<Authentication> {
    const [, scheme, token] = CREDENTIALS.exec(request.header('authorization') ?? '') ?? []
    if (scheme === undefined || token === undefined) return ABSENT
    const sent: Scheme = scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
    const expected = expectationOf(request, sent)
    const answer =
      introspect !== undefined && !JWT.test(token) && !isPaseto(token)
        ? ask(token, expected)
        : verifier.verify(token, expected)
    if (!(answer instanceof Promise)) return settle(answer, sent)
    return answer.then((late) => settle(late, sent), unavailable)
  }

  async function ask(text: string, expected: Expectation): Promise<TokenAnswer> {
    const token = (await introspect?.(text)) ?? null
    if (token !== null) return verifier.judge(token, expected)
    return { ok: false, problem: refuseToken('TOKEN_MALFORMED', { reason: 'its issuer does not know it' }), token }
  }

  function expectationOf(request: Request, scheme: Scheme): Expectation {
    if (scheme === 'Bearer' && request.certificate === undefined) return plain
    const certificate = request.certificate === undefined ? null : thumbprintOf(request.certificate)
    return { ...plain, proof: { scheme, dpop: scheme === 'DPoP' ? proofOf(request) : null, certificate } }
  }

  function settle(answer: TokenAnswer, scheme: Scheme): Authentication {
    if (answer.ok) return { is: 'known', principal: principalOf(answer.value), spent: SPENT }
    return refusal(withChallenge(answer.problem, scheme, resourceMetadata), answer.token)
  }

  // Whose signature was verified is named in the Event; what a stranger made up is not.
  function refusal(problem: Problem, token: ProvenToken | null): Authentication {
    if (token === null || token.claims.id === null) return { is: 'refused', problem }
    const principal = principalOf(token)
    return { is: 'refused', problem, credential: principal.credential?.id ?? token.claims.id, principal }
  }
}

// RFC 9449, section 4.3, item 1: exactly one proof.
function proofOf(request: Request) {
  const proof = request.header('dpop')
  if (proof === undefined || request.address === undefined || request.headerCount('dpop') !== 1) return null
  return { proof, method: request.method, url: request.address() }
}

// Nothing is let through because something failed.
function unavailable(error: unknown): Authentication {
  const reason = error instanceof Error ? error.message : 'unknown'
  return { is: 'refused', problem: refuseBearer('TOKENS_UNAVAILABLE', { retryAfter: 5, reason }) }
}
