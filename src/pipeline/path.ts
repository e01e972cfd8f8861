import { LONGEST_TARGET } from './bounds.ts'

/** A request target, read once. */
export type Target = {
  /** Decoded exactly once. What routes and rules are matched against. */
  readonly path: string
  /** The same path as it is sent on: encoded again from `path`, so that nobody behind can read another one. */
  readonly wire: string
  /** As received, without `?`. */
  readonly query: string
}

/** Why a target is refused, with what was wrong for the Event. */
export type TargetFault = {
  readonly code: 'REQUEST_TARGET_INVALID' | 'REQUEST_PATH_INVALID' | 'REQUEST_URL_TOO_LONG'
  readonly reason: string
}

const OK = 1
const PERCENT = 2
const pathCharacters = characterTable("-._~!$&'()*+,=:@/|^")
const queryCharacters = characterTable('-._~!$&\'()*+,=:@/|^;?%[]{}`"<>\\')
pathCharacters['%'.charCodeAt(0)] = PERCENT

/**
 * Reads the target of a request (RFC 9112, section 3.2.1: origin form only). The path is decoded once. A path that two
 * programs could read differently is refused instead of mended: an empty or dot segment, `;` parameters, a backslash,
 * an encoded slash, backslash, semicolon or control character, text that is not UTF-8, and anything that is still
 * encoded after decoding.
 *
 * @example readTarget('/orders/caf%C3%A9?a=1') // { path: '/orders/café', wire: '/orders/caf%C3%A9', query: 'a=1' }
 */
export function readTarget(target: string): Target | TargetFault {
  if (target.length > LONGEST_TARGET) return { code: 'REQUEST_URL_TOO_LONG', reason: `${target.length} bytes` }
  if (target.charCodeAt(0) !== 47) return { code: 'REQUEST_TARGET_INVALID', reason: 'not in origin form' }
  const mark = target.indexOf('?')
  const raw = mark === -1 ? target : target.slice(0, mark)
  const query = mark === -1 ? '' : target.slice(mark + 1)
  if (!isQuery(query)) return fault('query has a character that must be encoded')
  const kind = classify(raw)
  if (kind === 0) return fault('path has a character that must be encoded')
  if (kind === PERCENT) return readEncoded(raw, query)
  return faultOfSegments(raw) ?? { path: raw, wire: raw, query }
}

function readEncoded(raw: string, query: string): Target | TargetFault {
  const wrong = faultOfEscapes(raw)
  if (wrong !== null) return wrong
  let path: string
  try {
    path = decodeURIComponent(raw)
  } catch {
    return fault('path is not UTF-8')
  }
  if (/[\u0080-\u009f]/.test(path)) return fault('control character')
  if (/%[0-9a-f]{2}/i.test(path)) return fault('encoded twice')
  return faultOfSegments(path) ?? { path, wire: encodePath(path), query }
}

// Looked at before decoding, because afterwards an encoded slash is like any other.
function faultOfEscapes(raw: string): TargetFault | null {
  for (let i = raw.indexOf('%'); i !== -1; i = raw.indexOf('%', i + 1)) {
    const digits = raw.slice(i + 1, i + 3)
    if (!/^[0-9a-f]{2}$/i.test(digits)) return fault('broken percent-encoding')
    const byte = Number.parseInt(digits, 16)
    if (byte < 0x20 || byte === 0x7f) return fault('encoded control character')
    if (byte === 0x2f || byte === 0x5c) return fault('encoded slash or backslash')
    if (byte === 0x3b) return fault('encoded semicolon')
  }
  return null
}

function faultOfSegments(path: string): TargetFault | null {
  if (path.includes('//')) return fault('empty segment')
  for (let i = path.indexOf('/.'); i !== -1; i = path.indexOf('/.', i + 1)) {
    const end = path.charCodeAt(i + 2) === 46 ? i + 3 : i + 2
    if (end === path.length || path.charCodeAt(end) === 47) return fault('dot segment')
  }
  return null
}

/** Encodes a decoded path again. Letters, digits and what is plain in any reader of paths stay; the rest is encoded. */
export function encodePath(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9\-._~!$&'()*,=:@/]+/g, encodeURIComponent)
}

function classify(raw: string): number {
  let kind = OK
  for (let i = 0; i < raw.length; i++) {
    const found = pathCharacters[raw.charCodeAt(i)] ?? 0
    if (found === 0) return 0
    if (found === PERCENT) kind = PERCENT
  }
  return kind
}

function isQuery(query: string): boolean {
  for (let i = 0; i < query.length; i++) if (queryCharacters[query.charCodeAt(i)] !== OK) return false
  return true
}

function fault(reason: string): TargetFault {
  return { code: 'REQUEST_PATH_INVALID', reason }
}

function characterTable(marks: string): Uint8Array {
  const table = new Uint8Array(128)
  for (let code = 0; code < 128; code++) {
    if (/[A-Za-z0-9]/.test(String.fromCharCode(code)) || marks.includes(String.fromCharCode(code))) table[code] = OK
  }
  return table
}
