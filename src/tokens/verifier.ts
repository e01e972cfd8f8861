import { LRUCache } from 'lru-cache'
import type { Clock, Problem } from '../core/index.ts'
import { isAlgorithm } from './algorithm.ts'
import { CHECKS, type CheckDeps, type Expectation, type ProvenToken, runChecks } from './checks.ts'
import { readClaims, type TokenClaims } from './claims.ts'
import type { ProofVerifier } from './dpop.ts'
import type { Issuer } from './issuer.ts'
import { LONGEST_TOKEN, readJwt } from './jwt.ts'
import type { VerificationKey } from './key.ts'
import { isPaseto, readPaseto } from './paseto.ts'
import { refuseToken } from './problems.ts'
import type { Accept } from './proof-memory.ts'
import { isSignedBy } from './signature.ts'

export type VerifierDeps = {
  readonly issuers: readonly Issuer[]
  /** Whether a token was revoked. Asked at every use, so it must answer from memory. */
  readonly revoked?: (claims: TokenClaims) => boolean
  /** Remembers tokens that work once. */
  readonly accepted?: Accept
  /** Verifies DPoP proofs. Without it no token that is bound to a key is good. */
  readonly verifyProof?: ProofVerifier
  readonly clock: Clock
  /** Milliseconds that clocks may differ. 30 seconds unless told otherwise. */
  readonly skew?: number
  /** How many tokens are remembered whose signature was verified; 0 for none. */
  readonly remembered?: number
}

/** What came of a token. One that was refused after its signature was proved is told of, for the record. */
export type TokenAnswer =
  | { readonly ok: true; readonly value: ProvenToken }
  | { readonly ok: false; readonly problem: Problem; readonly token: ProvenToken | null }

export type TokenVerifier = {
  /**
   * Whether to believe a token, and what it says. Answers at once for a token that was verified before.
   *
   * Errors: `TOKEN_MALFORMED`, `ISSUER_INVALID`, `SIGNATURE_INVALID`, `TOKEN_TYPE`, `AUDIENCE_INVALID`, `TOKEN_EXPIRED`,
   * `TOKEN_NOT_ACTIVE`, `JTI_MISSING`, `TOKEN_REVOKED`, `BINDING_INVALID`, `TOKEN_REPLAYED`. A problem with a header
   * `dpop-nonce` asks for a proof with that nonce.
   *
   * @throws when the keys of the issuer cannot be had: nobody can say then whether the token is good
   * @example
   * const answer = await verifier.verify(token, { audience: 'https://api.example.com' })
   * if (answer.ok) console.log(answer.value.claims.subject)
   */
  readonly verify: (token: string, expected: Expectation) => TokenAnswer | Promise<TokenAnswer>
  /**
   * Asks of a token what is asked at every use. For one that somebody else proved, such as one that its issuer was asked
   * about (RFC 7662).
   */
  readonly judge: (token: ProvenToken, expected: Expectation) => TokenAnswer | Promise<TokenAnswer>
}

/** All that is checked, in its order: first what proves the token, then what is asked at every use. */
export const CHECK_ORDER: readonly string[] = Object.freeze([
  ...['form', 'known issuer', 'algorithm', 'key', 'signature'],
  ...CHECKS.map(([name]) => name),
])

const REMEMBERED = 10_000
const MOST_CHARACTERS = 16 * 1024 * 1024

type Remembered = { readonly token: ProvenToken; readonly key: VerificationKey; readonly kid: string }

/**
 * Makes the one verifier of signed tokens that the gateway, applications and clients use (row O11; RFC 7519, section 7.2;
 * RFC 8725; RFC 9068, section 4). Keys come from the issuer's own set alone, whatever a token says of keys.
 *
 * @throws Error when two issuers have one name, or one has no algorithm or audience
 */
export function createTokenVerifier(deps: VerifierDeps): TokenVerifier {
  const issuers = byName(deps.issuers)
  const { clock, skew = 30_000, revoked, accepted, verifyProof, remembered = REMEMBERED } = deps
  const checks: CheckDeps = { clock, skew, revoked, accepted, verifyProof }
  const memory =
    remembered === 0
      ? null
      : new LRUCache<string, Remembered>({
          max: remembered,
          maxSize: MOST_CHARACTERS,
          sizeCalculation: (_, text) => text.length,
        })

  return Object.freeze({ verify, judge })

  function verify(text: string, expected: Expectation): TokenAnswer | Promise<TokenAnswer> {
    const known = text.length > LONGEST_TOKEN ? undefined : memory?.get(text)
    if (known !== undefined && isKept(known)) {
      if (!isAlive(known.token)) memory?.delete(text)
      return judge(known.token, expected)
    }
    return prove(text).then((proven) =>
      'code' in proven ? { ok: false as const, problem: proven, token: null } : judge(proven, expected),
    )
  }

  // A key that its issuer took back takes the tokens with it. Where keys must be read first, whoever proves the token
  // waits for them, and hears of what fails.
  function isKept({ token, kid, key }: Remembered): boolean {
    const found = token.issuer.keys.find(kid, key.algorithm)
    if (found instanceof Promise) found.catch(() => undefined)
    return found === key
  }

  function judge(token: ProvenToken, expected: Expectation): TokenAnswer | Promise<TokenAnswer> {
    const problem = runChecks(token, expected, checks)
    if (problem === null) return { ok: true, value: token }
    return problem instanceof Promise ? problem.then((late) => answerOf(token, late)) : answerOf(token, problem)
  }

  async function prove(text: string): Promise<ProvenToken | Problem> {
    const jwt = isPaseto(text) ? readPaseto(text) : readJwt(text)
    if (typeof jwt === 'string') return refuseToken('TOKEN_MALFORMED', { reason: jwt })
    const { header, payload } = jwt
    const issuer = typeof payload.iss === 'string' ? issuers.get(payload.iss) : undefined
    if (issuer === undefined) return refuseToken('ISSUER_INVALID', { reason: 'not known' })
    const algorithm = issuer.algorithms.find((it) => it === header.alg)
    if (algorithm === undefined || !isAlgorithm(algorithm)) return unsigned('algorithm')
    if (header.kid === null) return unsigned('no kid')
    const key = await issuer.keys.find(header.kid, algorithm)
    if (key === null) return unsigned('no such key')
    if (!(await isSignedBy(text, key))) return unsigned('signature')
    const claims = readClaims(payload)
    // Said only now: what is wrong with claims that nobody signed is nobody's business.
    if (typeof claims === 'string') return refuseToken('TOKEN_MALFORMED', { reason: `claims: ${claims}` })
    const token: ProvenToken = Object.freeze({ text, header, claims, issuer })
    remember(token, header.kid, key)
    return token
  }

  // What has expired is not kept: it would be asked about once more and refused.
  function remember(token: ProvenToken, kid: string, key: VerificationKey): void {
    if (isAlive(token)) memory?.set(token.text, { token, kid, key })
  }

  function isAlive({ claims }: ProvenToken): boolean {
    return claims.expiresAt * 1000 + skew > clock.now()
  }
}

function answerOf(token: ProvenToken, problem: Problem | null): TokenAnswer {
  return problem === null ? { ok: true, value: token } : { ok: false, problem, token }
}

function unsigned(reason: string): Problem {
  return refuseToken('SIGNATURE_INVALID', { reason })
}

function byName(issuers: readonly Issuer[]): ReadonlyMap<string, Issuer> {
  const map = new Map(issuers.map((it) => [it.issuer, it]))
  if (map.size !== issuers.length) throw new Error('two issuers have the same name')
  for (const { issuer, algorithms, audiences } of issuers) {
    if (issuer === '' || algorithms.length === 0 || !algorithms.every(isAlgorithm) || audiences.length === 0) {
      throw new Error(`issuer ${issuer} needs algorithms and audiences`)
    }
  }
  return map
}
