import { type Finder, type Leak, type LeakKind, MOST_LEAKS, REMOVED, wordEnd, wordsWith } from './find.ts'

const BEGIN = '-----BEGIN '
const LONGEST_KEY = 32_768
const LONGEST_WORD = 8192

/** Finds private keys in PEM (RFC 7468) and OpenSSH's form, with their line ends as they are or escaped. */
export const findPrivateKeys: Finder = (text) => {
  const found: Leak[] = []
  for (let at = text.indexOf(BEGIN); at !== -1 && found.length < MOST_LEAKS; at = text.indexOf(BEGIN, at + 1)) {
    const label = /^[A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----/.exec(text.slice(at + BEGIN.length, at + 90))
    if (label === null) continue
    const end = `-----END ${label[0]}`
    const closing = text.slice(at, at + LONGEST_KEY).indexOf(end)
    // One that breaks off is a key all the same.
    const length = closing === -1 ? Math.min(LONGEST_KEY, bodyLength(text, at)) : closing + end.length
    found.push({ kind: 'privateKey', start: at, end: at + length, mask: REMOVED })
    at += length - 1
  }
  return found
}

// To the end of the text that it stands in.
function bodyLength(text: string, at: number): number {
  const quote = text.indexOf('"', at)
  return (quote === -1 ? text.length : quote) - at
}

/** Words that clouds and others give out as secrets, by what they begin with, and how long the rest is. */
const FORMS: readonly (readonly [prefix: string, rest: RegExp])[] = [
  ...['AKIA', 'ASIA'].map((it) => [it, /^[A-Z2-7]{16}$/] as const),
  ['AIza', /^[A-Za-z0-9_-]{35}$/],
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((it) => [it, /^[A-Za-z0-9]{36,255}$/] as const),
  ['github_pat_', /^[A-Za-z0-9_]{60,255}$/],
  ['glpat-', /^[A-Za-z0-9_-]{20,255}$/],
  ['npm_', /^[A-Za-z0-9]{36}$/],
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxs-', 'xapp-'].map((it) => [it, /^[A-Za-z0-9-]{16,255}$/] as const),
  ...['sk_live_', 'rk_live_', 'whsec_'].map((it) => [it, /^[A-Za-z0-9]{16,255}$/] as const),
  ['sk-ant-', /^[A-Za-z0-9_-]{32,255}$/],
]

/** Names that stand before secrets that have no form of their own, and what these look like. */
const NAMED: readonly (readonly [name: string, value: RegExp])[] = [
  ['aws_secret_access_key', /^["'\\]{0,3}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,3}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/],
  ['SecretAccessKey', /^["'\\]{0,3}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,3}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/],
  ['AccountKey', /^=([A-Za-z0-9/+]{86}==)/],
]

/** Finds keys of clouds, code hosts and payment services by the forms that these have published. */
export const findCloudKeys: Finder = (text) => {
  const found: Leak[] = []
  for (const [prefix, rest] of FORMS) {
    for (const start of wordsWith(text, prefix)) {
      if (found.length >= MOST_LEAKS) return found
      const end = wordEnd(text, start + prefix.length, 256)
      if (rest.test(text.slice(start + prefix.length, end))) found.push(removed('cloudKey', start, end))
    }
  }
  for (const [name, value] of NAMED) {
    for (const at of wordsWith(text, name)) {
      if (found.length >= MOST_LEAKS) return found
      const after = at + name.length
      const match = value.exec(text.slice(after, after + 128))
      if (match === null) continue
      const end = after + match[0].length
      found.push(removed('cloudKey', end - (match[1] as string).length, end))
    }
  }
  return found
}

/** What is a credential of ours, and how one begins. */
export type OwnKeys = {
  /** What every key begins with. */
  readonly prefix: string
  readonly isKey: (word: string) => boolean
  /** The `iss` of tokens of ours. */
  readonly issuer: string
}

const LEAST_KEY = 20

/** Finds API keys of ours, right or not, and signed tokens (RFC 7519) that name us as their issuer. */
export function ownKeyFinder({ prefix, isKey, issuer }: OwnKeys): Finder {
  const claim = JSON.stringify(issuer)
  return (text) => {
    const found: Leak[] = []
    for (const start of wordsWith(text, prefix)) {
      if (found.length >= MOST_LEAKS) return found
      const end = wordEnd(text, start, 512)
      if (end - start >= LEAST_KEY && isKey(text.slice(start, end))) found.push(removed('ownKey', start, end))
    }
    for (const start of wordsWith(text, 'eyJ')) {
      if (found.length >= MOST_LEAKS) return found
      const end = tokenEnd(text, start)
      if (end !== null && isOfIssuer(text.slice(start, end), claim)) found.push(removed('ownKey', start, end))
    }
    return found
  }
}

// Shorter than any header with an algorithm, and any claims with an issuer.
const SHORTEST_PART = 16

// Three parts with a dot between, the last of which may be cut off.
function tokenEnd(text: string, start: number): number | null {
  const header = wordEnd(text, start, LONGEST_WORD)
  if (text[header] !== '.' || header - start < SHORTEST_PART) return null
  const claims = wordEnd(text, header + 1, LONGEST_WORD)
  if (text[claims] !== '.' || claims - header < SHORTEST_PART) return null
  return wordEnd(text, claims + 1, LONGEST_WORD)
}

function isOfIssuer(token: string, claim: string): boolean {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  return claims.startsWith('{') && claims.includes('"iss"') && claims.includes(claim)
}

function removed(kind: LeakKind, start: number, end: number): Leak {
  return { kind, start, end, mask: REMOVED }
}
