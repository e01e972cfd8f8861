import type { Clock, Problem } from '../core/index.ts'
import type { TokenClaims } from './claims.ts'
import type { ProofVerifier } from './dpop.ts'
import type { Issuer } from './issuer.ts'
import type { JwtHeader } from './jwt.ts'
import { refuseToken } from './problems.ts'
import type { Accept } from './proof-memory.ts'

/** Ways in which a token can be bound to its sender. */
export type Binding = 'dpop' | 'mtls'

/** What is asked of a token in one place. */
export type Expectation = {
  /** Who it must be for. Null takes what its issuer speaks for. */
  readonly audience: string | null
  /** The issuers that are taken here; all that are known unless told otherwise. */
  readonly issuers?: readonly string[] | undefined
  /** `at+jwt` unless told otherwise (RFC 9068, section 4). */
  readonly type?: string | undefined
  /** Whether it works once only (row O13). */
  readonly once?: boolean | undefined
  /** It must be bound in one of these ways. Empty or absent: a token that is not bound is good too. */
  readonly bound?: readonly Binding[] | undefined
  /** What the request brings to prove that its sender holds what the token is bound to. */
  readonly proof?: Proof | undefined
  /**
   * The token is only asked about, by somebody whom it may not be for and who need not hold what it is bound to (RFC 7662,
   * section 2): it gives nobody anything.
   */
  readonly inspected?: boolean | undefined
}

export type Proof = {
  /** How the token was sent. A token in the `DPoP` scheme must be bound to a key (RFC 9449, section 7.1). */
  readonly scheme?: 'Bearer' | 'DPoP'
  readonly dpop?: { readonly proof: string; readonly method: string; readonly url: string } | null
  /** The thumbprint of the client certificate (`x5t#S256`), or null when none was shown. */
  readonly certificate?: string | null
}

/** A token whose signature was verified. */
export type ProvenToken = {
  readonly text: string
  readonly header: JwtHeader
  readonly claims: TokenClaims
  readonly issuer: Issuer
}

export type CheckDeps = {
  readonly clock: Clock
  /** Milliseconds. */
  readonly skew: number
  readonly revoked: ((claims: TokenClaims) => boolean) | undefined
  readonly accepted: Accept | undefined
  readonly verifyProof: ProofVerifier | undefined
}

type Found = Problem | null
type Check = (token: ProvenToken, expected: Expectation, deps: CheckDeps) => Found | Promise<Found>

/**
 * What is asked of a token once its signature is proved, in this order and at every use: also of a token that was seen
 * before. What is consumed comes last, so that a token which is refused is not used up.
 */
export const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['issuer', checkIssuer],
  ['type', checkType],
  ['audience', checkAudience],
  ['expiry', checkExpiry],
  ['begin', checkBegin],
  ['id', checkId],
  ['revocation', checkRevocation],
  ['binding', checkBinding],
  ['once', checkOnce],
]

/** Asks all of them. Nothing is awaited that is not a promise. */
export function runChecks(
  token: ProvenToken,
  expected: Expectation,
  deps: CheckDeps,
  first = 0,
): Found | Promise<Found> {
  for (let i = first; i < CHECKS.length; i++) {
    const found = (CHECKS[i] as (typeof CHECKS)[number])[1](token, expected, deps)
    if (found instanceof Promise) return found.then((late) => late ?? runChecks(token, expected, deps, i + 1))
    if (found !== null) return found
  }
  return null
}

function checkIssuer({ claims }: ProvenToken, { issuers }: Expectation): Found {
  if (issuers === undefined || issuers.includes(claims.issuer)) return null
  return refuseToken('ISSUER_INVALID', { reason: 'not taken here' })
}

// RFC 8725, section 3.11: a token of one kind must not pass as another. Some issuers name no kind; that is said of them.
function checkType({ header, issuer }: ProvenToken, { type = ACCESS_TOKEN }: Expectation): Found {
  const named = plainType(header.typ)
  if (named === type || (type === ACCESS_TOKEN && issuer.types?.some((it) => plainType(it) === named))) return null
  return refuseToken('TOKEN_TYPE', { reason: `type ${named?.slice(0, 64) ?? 'missing'}` })
}

const ACCESS_TOKEN = 'at+jwt'

// RFC 7515, section 4.1.9: a media type without its "application/".
function plainType(typ: string | null): string | null {
  return typ === ACCESS_TOKEN ? typ : (typ?.toLowerCase().replace(/^application\//, '') ?? null)
}

function checkAudience({ claims, issuer }: ProvenToken, { audience, inspected }: Expectation): Found {
  if (inspected === true) return null
  const meant = claims.audience
  if (audience === null ? issuer.audiences.some((it) => meant.includes(it)) : meant.includes(audience)) return null
  return refuseToken('AUDIENCE_INVALID', { reason: `for ${meant.join(' ').slice(0, 200)}` })
}

function checkExpiry({ claims }: ProvenToken, _: Expectation, { clock, skew }: CheckDeps): Found {
  return clock.now() - skew >= claims.expiresAt * 1000 ? refuseToken('TOKEN_EXPIRED') : null
}

function checkBegin({ claims }: ProvenToken, _: Expectation, { clock, skew }: CheckDeps): Found {
  const latest = clock.now() + skew
  if (claims.issuedAt * 1000 <= latest && (claims.notBefore ?? 0) * 1000 <= latest) return null
  return refuseToken('TOKEN_NOT_ACTIVE')
}

function checkId({ claims }: ProvenToken): Found {
  return claims.id === null ? refuseToken('JTI_MISSING') : null
}

function checkRevocation({ claims }: ProvenToken, _: Expectation, { revoked }: CheckDeps): Found {
  return revoked?.(claims) === true ? refuseToken('TOKEN_REVOKED') : null
}

function checkBinding(token: ProvenToken, expected: Expectation, deps: CheckDeps): Found | Promise<Found> {
  const { confirmation } = token.claims
  const { proof, bound = NONE } = expected
  if (expected.inspected === true) return null
  if (confirmation === null) {
    if (proof?.scheme === 'DPoP') return unbound('sent as DPoP, and not bound to a key')
    return bound.length === 0 ? null : unbound('not bound')
  }
  // What it is bound to cannot be asked for, so nobody can have proved it.
  if (confirmation.unknown) return unbound('bound to something unknown')
  const ways = [
    confirmation.key === null ? [] : ['dpop' as const],
    confirmation.certificate === null ? [] : ['mtls' as const],
  ].flat()
  if (bound.length > 0 && !ways.some((way) => bound.includes(way))) return unbound(`bound by ${ways.join(' and ')}`)
  if (confirmation.certificate !== null && confirmation.certificate !== (proof?.certificate ?? null)) {
    return unbound('not the certificate that it is bound to')
  }
  if (confirmation.key !== null) return checkKey(token, confirmation.key, proof, deps)
  return proof?.scheme === 'DPoP' ? unbound('sent as DPoP, and not bound to a key') : null
}

const NONE: readonly Binding[] = Object.freeze([])

function checkKey({ text }: ProvenToken, key: string, proof: Proof | undefined, { verifyProof }: CheckDeps) {
  // RFC 9449, section 7.2: as a bearer it would be good for whoever stole it.
  if (proof?.scheme !== 'DPoP' || proof.dpop === undefined || proof.dpop === null)
    return unbound('without a DPoP proof')
  if (verifyProof === undefined) return unbound('DPoP proofs are not verified here')
  return verifyProof({ ...proof.dpop, token: text, key }).then((answer): Found => {
    if (answer.ok) return null
    return answer.nonce === undefined
      ? unbound(answer.reason)
      : refuseToken('BINDING_INVALID', { reason: answer.reason, headers: { 'dpop-nonce': answer.nonce } })
  })
}

function unbound(reason: string): Problem {
  return refuseToken('BINDING_INVALID', { reason })
}

function checkOnce(
  { claims }: ProvenToken,
  { once }: Expectation,
  { accepted, skew }: CheckDeps,
): Found | Promise<Found> {
  if (once !== true) return null
  if (accepted === undefined) throw new Error('a token that works once needs somebody who remembers it')
  const known = accepted(`${claims.issuer} ${claims.id}`, claims.expiresAt * 1000 + skew)
  return known instanceof Promise ? known.then(found) : found(known)
}

function found(accepted: boolean): Found {
  return accepted ? null : refuseToken('TOKEN_REPLAYED')
}
