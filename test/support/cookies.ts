/** A cookie as a browser keeps it. */
export type Cookie = {
  readonly name: string
  readonly value: string
  readonly path: string
  /** Milliseconds; null ends with the browser. */
  readonly expiresAt: number | null
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None' | null
}

/** The cookies of one person for one host. */
export type Jar = {
  /** Keeps what a response sets. @throws on a cookie that browsers would not keep, with the reason */
  readonly keep: (lines: readonly string[], requested: URL, now: number) => void
  /** The `Cookie` header of a request; null without any. */
  readonly headerFor: (requested: URL, now: number) => string | null
  readonly list: (now: number) => readonly Cookie[]
  readonly copy: () => Jar
  readonly empty: () => void
}

// What browsers keep at the most (RFC 6265bis 5.5).
const MOST_CHARACTERS = 4096
const MOST_MS = 400 * 24 * 3_600_000
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
const SAME_SITE = ['Strict', 'Lax', 'None'] as const
const LOOPBACK = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** A jar that holds a server to RFC 6265bis: what a browser would drop in silence is an error here. */
export function openJar(given: readonly Cookie[] = []): Jar {
  const kept = new Map(given.map((cookie) => [`${cookie.name};${cookie.path}`, cookie]))
  const list = (now: number) => [...kept.values()].filter((cookie) => isAlive(cookie, now))
  return Object.freeze({
    keep: (lines, requested, now) => {
      for (const line of lines) {
        const cookie = readCookie(line, requested, now)
        const refusal = refusalOf(cookie, line, requested)
        if (refusal !== null) throw new Error(`a browser would not keep the cookie ${cookie.name}: ${refusal}`)
        kept.delete(`${cookie.name};${cookie.path}`)
        if (isAlive(cookie, now)) kept.set(`${cookie.name};${cookie.path}`, cookie)
      }
    },
    headerFor: (requested, now) => {
      const due = list(now)
        .filter(({ path, secure }) => isBelow(requested.pathname, path) && (!secure || isTrusted(requested)))
        .sort((one, other) => other.path.length - one.path.length)
      return due.length === 0 ? null : due.map(({ name, value }) => `${name}=${value}`).join('; ')
    },
    list,
    copy: () => openJar([...kept.values()]),
    empty: () => kept.clear(),
  } satisfies Jar)
}

function readCookie(line: string, requested: URL, now: number): Cookie {
  const [pair = '', ...parts] = line.split(';').map((part) => part.trim())
  const attributes = new Map(parts.map((part) => [leftOf(part).toLowerCase(), rightOf(part)]))
  const path = attributes.get('path') ?? ''
  const sameSite = attributes.get('samesite')?.toLowerCase()
  return {
    name: leftOf(pair),
    value: rightOf(pair),
    path: path.startsWith('/') ? path : defaultPath(requested.pathname),
    expiresAt: expiryOf(attributes, now),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: SAME_SITE.find((one) => one.toLowerCase() === sameSite) ?? null,
  }
}

const leftOf = (part: string): string => part.split('=', 1)[0]?.trim() ?? ''
const rightOf = (part: string): string => (part.includes('=') ? part.slice(part.indexOf('=') + 1).trim() : '')

// Max-Age is stronger than Expires (RFC 6265bis 5.6).
function expiryOf(attributes: ReadonlyMap<string, string>, now: number): number | null {
  const age = attributes.get('max-age')
  const date = attributes.get('expires')
  if (age === undefined && date === undefined) return null
  const at = age === undefined ? Date.parse(date ?? '') : now + Number(age) * 1000
  return Math.min(at, now + MOST_MS)
}

const ALLOWED = ['path', 'max-age', 'expires', 'secure', 'httponly', 'samesite', 'domain', 'partitioned', 'priority']

/** Why a browser would not keep it; null when it would. */
function refusalOf(cookie: Cookie, line: string, requested: URL): string | null {
  const names = line
    .split(';')
    .slice(1)
    .map((part) => leftOf(part).toLowerCase())
  const hostOnly = !names.includes('domain')
  const checks: readonly (readonly [boolean, string])[] = [
    [NAME.test(cookie.name), 'its name is not a token'],
    [VALUE.test(cookie.value), 'its value has characters that cookies cannot have'],
    [line.length <= MOST_CHARACTERS, 'it is too long'],
    [names.every((name) => ALLOWED.includes(name)), `it has an attribute that there is not: ${names.join(', ')}`],
    [new Set(names).size === names.length, 'an attribute came twice'],
    [!Number.isNaN(cookie.expiresAt), 'its end is no time'],
    [hostOnly, 'it has a Domain, and this jar is for one host'],
    [!cookie.secure || isTrusted(requested), 'it is Secure, and the connection is not'],
    [cookie.sameSite !== 'None' || cookie.secure, 'it is SameSite=None without Secure'],
    [!/^__(Host|Secure)-/i.test(cookie.name) || cookie.secure, 'its prefix demands Secure'],
    [!/^__Host-/i.test(cookie.name) || (names.includes('path') && cookie.path === '/'), '__Host- demands Path=/'],
  ]
  return checks.find(([holds]) => !holds)?.[1] ?? null
}

function defaultPath(path: string): string {
  const end = path.lastIndexOf('/')
  return end <= 0 ? '/' : path.slice(0, end)
}

// RFC 6265bis 5.1.4.
function isBelow(path: string, folder: string): boolean {
  return path === folder || (path.startsWith(folder) && (folder.endsWith('/') || path[folder.length] === '/'))
}

/** Browsers trust the loopback interface as they trust TLS. */
function isTrusted({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || LOOPBACK.test(hostname)
}

function isAlive({ expiresAt }: Cookie, now: number): boolean {
  return expiresAt === null || expiresAt > now
}
