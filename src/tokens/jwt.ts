import { decodeStrictly } from './base64url.ts'
import { isObject, readJsonObject } from './json.ts'

/** The longest token that is read. Ours have some 700 characters. */
export const LONGEST_TOKEN = 8192

/** What a header may say that is listened to. Keys and addresses of keys in it are never looked at. */
export type JwtHeader = { readonly alg: string; readonly kid: string | null; readonly typ: string | null }

/** A signed JWT, taken apart. Nothing of it is proved. */
export type Jwt = {
  readonly header: JwtHeader
  /** The whole header, for who may need more of it than a token's verifier: a DPoP proof brings its key. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * Takes a JWT in compact form apart (RFC 7515, section 3.1; RFC 7519, section 7.2), and is stricter than either: three
 * parts in canonical base64url, JSON without doubled members, bounded in size, depth and number. An extension that must be
 * understood (`crit`) is refused, because none is.
 *
 * @returns the parts, or in words what is wrong
 */
export function readJwt(text: string): Jwt | string {
  if (text.length > LONGEST_TOKEN) return `longer than ${LONGEST_TOKEN} characters`
  const [head, body, signature, ...more] = text.split('.', 4)
  if (!head || !body || !signature || more.length > 0) return 'not three parts'
  const fields = objectOf(head)
  const payload = objectOf(body)
  if (fields === null) return 'header'
  if (payload === null) return 'payload'
  if (decodeStrictly(signature) === null) return 'signature is not base64url'
  const header = headerOf(fields)
  return typeof header === 'string' ? header : { header, fields, payload }
}

function objectOf(part: string): Readonly<Record<string, unknown>> | null {
  const bytes = decodeStrictly(part)
  return bytes === null ? null : readJsonObject(bytes)
}

function headerOf(fields: Readonly<Record<string, unknown>>): JwtHeader | string {
  const { alg, kid = null, typ = null } = fields
  if (!isObject(fields) || typeof alg !== 'string') return 'header without alg'
  if (Object.hasOwn(fields, 'crit')) return 'crit'
  // RFC 7797: a payload that is not encoded would be another text than the one that was read here.
  if (Object.hasOwn(fields, 'b64')) return 'b64'
  if (kid !== null && !isKeyName(kid)) return 'kid is not a plain name'
  if (typ !== null && typeof typ !== 'string') return 'typ is not a text'
  return { alg, kid, typ }
}

/** The name of a key: plain, short, and nothing but a name. It is looked up in one map and used for nothing else. */
export function isKeyName(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,200}$/.test(value)
}
