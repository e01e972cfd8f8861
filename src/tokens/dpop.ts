import { createHash, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/index.ts'
import { isAlgorithm } from './algorithm.ts'
import { isObject } from './json.ts'
import { faultOfJwk } from './jwk.ts'
import { type Jwt, readJwt } from './jwt.ts'
import { importPublic, type VerificationKey } from './key.ts'
import type { Accept } from './proof-memory.ts'
import type { ProofNonces } from './proof-nonces.ts'
import { isSignedBy } from './signature.ts'

/** What a proof has to prove: that the sender of this request holds the key that this token is bound to. */
export type ProofQuestion = {
  /** The `DPoP` header. */
  readonly proof: string
  readonly method: string
  /** The address that the request was sent to; query and fragment are left away. */
  readonly url: string
  /** The access token beside it, or null where none was issued yet. */
  readonly token: string | null
  /** The thumbprint that the token names (`cnf.jkt`), or null where the proof is to say it. */
  readonly key: string | null
}

/** What came of it. `nonce` means that the proof is good but for a nonce of ours, and carries the one to use. */
export type ProofAnswer =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly reason: string; readonly nonce?: string }

export type ProofVerifier = (question: ProofQuestion) => Promise<ProofAnswer>

export type ProofOptions = {
  readonly clock: Clock
  /** Remembers the ids of proofs, so that each works once. */
  readonly accepted: Accept
  /** Milliseconds that a proof is good for, and that the clock of its sender may be ahead. */
  readonly window?: number
  /** Nonces of ours, where proofs must hold one (RFC 9449, section 9). */
  readonly nonce?: ProofNonces
}

const REMEMBERED_KEYS = 10_000

/**
 * Makes the verifier of DPoP proofs (RFC 9449, section 4.3). The proof brings its key; what makes the key the right one is
 * that the token names it.
 *
 * @example
 * const verifyProof = createProofVerifier({ clock, accepted: createProofMemory({ clock }) })
 * await verifyProof({ proof, method: 'GET', url: 'https://api.example.com/orders', token, key: claims.confirmation.key })
 */
export function createProofVerifier({ clock, accepted, window = 60_000, nonce }: ProofOptions): ProofVerifier {
  const keys = new LRUCache<string, VerificationKey>({ max: REMEMBERED_KEYS })

  return async (question) => {
    const jwt = readJwt(question.proof)
    if (typeof jwt === 'string') return refuse(jwt)
    const fault = faultOfForm(jwt) ?? faultOfClaims(jwt.payload, question)
    if (fault !== null) return refuse(fault)
    const key = thumbprintOfJwk(jwt.fields.jwk)
    if (key === null || (question.key !== null && !isSame(key, question.key))) return refuse('another key')
    if (!(await isSigned(question.proof, jwt, key))) return refuse('signature')
    return judge(jwt.payload, key)
  }

  async function isSigned(text: string, { header, fields }: Jwt, thumbprint: string): Promise<boolean> {
    // Every time: a key that is remembered may come with its private half (RFC 9449, section 4.3, item 7).
    if (!isAlgorithm(header.alg) || faultOfJwk(fields.jwk, header.alg) !== null) return false
    const name = `${header.alg} ${thumbprint}`
    const key = keys.get(name) ?? (await importPublic(fields.jwk as Record<string, unknown>, header.alg))
    if (key === null) return false
    keys.set(name, key)
    return isSignedBy(text, key)
  }

  // After the signature: what a stranger made up neither fills the memory nor is answered with a nonce.
  async function judge(payload: Jwt['payload'], key: string): Promise<ProofAnswer> {
    const now = clock.now()
    const age = now - Number(payload.iat) * 1000
    if (nonce !== undefined && !(typeof payload.nonce === 'string' && nonce.accepts(payload.nonce))) {
      return { ok: false, reason: 'nonce', nonce: nonce.fresh() }
    }
    if (age > window || age < -window) return refuse('too old, or from the future')
    const once = await accepted(nameOf(key, String(payload.jti)), now + 2 * window)
    return once ? { ok: true, key } : refuse('used before')
  }
}

function refuse(reason: string): ProofAnswer {
  return { ok: false, reason: `DPoP proof: ${reason}` }
}

// Section 4.2: a key of its own, in the header; and an algorithm that is not shared.
function faultOfForm({ header, fields }: Jwt): string | null {
  if (header.typ?.toLowerCase() !== 'dpop+jwt') return 'typ'
  if (!isAlgorithm(header.alg)) return 'alg'
  return isObject(fields.jwk) ? null : 'no key'
}

function faultOfClaims({ jti, htm, htu, iat, ath }: Jwt['payload'], { method, url, token }: ProofQuestion) {
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > 255) return 'jti'
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return 'iat'
  if (htm !== method) return 'htm'
  const meant = typeof htu === 'string' ? comparable(htu) : null
  if (meant === null || meant !== comparable(url)) return 'htu'
  if (token === null) return null
  return typeof ath === 'string' && isSame(ath, sha256(token)) ? null : 'ath'
}

// Section 4.3, item 9: compared after normalising (RFC 3986, sections 6.2.2 and 6.2.3), without query and fragment.
function comparable(text: string): string | null {
  const url = text.length > 8192 ? null : URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null
  return `${url.origin}${normalEscapes(url.pathname)}`
}

function normalEscapes(path: string): string {
  return path.replaceAll(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : encoded.toUpperCase()
  })
}

/** The thumbprint of a public key (RFC 7638, section 3), or null for what is no public key. */
export function thumbprintOfJwk(jwk: unknown): string | null {
  if (!isObject(jwk)) return null
  const { kty } = jwk
  const names = kty === 'EC' ? ['crv', 'kty', 'x', 'y'] : kty === 'RSA' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x']
  if (!names.every((name) => typeof jwk[name] === 'string')) return null
  return sha256(JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))))
}

// One length for every name, whatever the id in it.
function nameOf(key: string, jti: string): string {
  return sha256(`dpop ${key} ${jti}`)
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
