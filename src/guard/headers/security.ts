import { FRAMES, type HeaderSettings, type HstsSettings, OPENERS, REFERRERS, RESOURCES } from './settings.ts'

/** The headers of an upstream's answer by their lower-case names. */
export type Theirs = Readonly<Record<string, string | readonly string[] | undefined>>

/** One answer, as far as these headers depend on it. */
export type Answered = {
  /** Whether the request came by https. */
  readonly https: boolean
  /** Whether a credential was shown and was good. */
  readonly known: boolean
  /** What the upstream said; null where the answer is ours alone. */
  readonly headers: Theirs | null
}

/** A header of ours, and when the upstream's own value is as good. */
type Line = { readonly name: string; readonly value: string; readonly isAsGood: (theirs: string) => boolean }

const CACHING = ['cache-control', 'expires', 'pragma'] as const

/**
 * The headers that tell browsers to be careful with an answer, made once for a route. What a page needs is said of
 * pages only. A value of the upstream is kept where it is as strict as ours, and where only the page itself can know:
 * its content security and its permissions.
 *
 * @returns null when a route leaves all of it to its upstream
 * @example
 * const rule = securityHeaders(settings, hsts)
 * rule.write(lines, { https: true, known: true, headers: { 'content-type': 'application/json' } })
 */
export function securityHeaders(settings: HeaderSettings, hsts: HstsSettings) {
  if (settings.leaveToUpstream) return null
  const [plain, page] = [linesOf(settings), linesOfPages(settings)]
  const transport = transportSecurity(hsts)
  const replaces = ['strict-transport-security', ...page.map(({ name }) => name), ...CACHING]
  return Object.freeze({
    name: 'security headers',
    replaces: settings.allowSniffing ? replaces : ['x-content-type-options', ...replaces],
    write: (lines: string[], { https, known, headers }: Answered): void => {
      for (const { name, value, isAsGood } of headers !== null && isPage(headers['content-type']) ? page : plain) {
        const theirs = headers?.[name]
        lines.push(name, typeof theirs === 'string' && isAsGood(theirs) ? theirs : value)
      }
      if (https) lines.push('strict-transport-security', transport)
      if (headers === null) return
      if (!settings.allowSniffing) lines.push('x-content-type-options', 'nosniff')
      writeCaching(lines, headers, known, settings.cache)
    },
  })
}

// A problem of ours says itself that nobody keeps it and that it is what it says.
function writeCaching(lines: string[], headers: Theirs, known: boolean, cache: HeaderSettings['cache']): void {
  if (known && (cache === 'no-store' || headers['cache-control'] === undefined)) {
    lines.push('cache-control', 'no-store', 'pragma', 'no-cache')
    return
  }
  for (const name of CACHING) {
    const theirs = headers[name]
    if (typeof theirs === 'string') lines.push(name, theirs)
    else for (const one of theirs ?? []) lines.push(name, one)
  }
}

function linesOf({ contentSecurity, frames, resource }: HeaderSettings): readonly Line[] {
  return [
    { name: 'content-security-policy', value: framed(contentSecurity, frames), isAsGood: never },
    ...framing(frames),
    { name: 'cross-origin-resource-policy', value: resource, isAsGood: asStrict(RESOURCES, resource) },
  ]
}

function linesOfPages(settings: HeaderSettings): readonly Line[] {
  const { contentSecurity, permissions, referrer, opener } = settings.pages
  return [
    { name: 'content-security-policy', value: framed(contentSecurity, settings.frames), isAsGood: always },
    ...linesOf(settings).slice(1),
    { name: 'referrer-policy', value: referrer, isAsGood: asStrict(REFERRERS, referrer) },
    { name: 'permissions-policy', value: permissions, isAsGood: always },
    { name: 'cross-origin-opener-policy', value: opener, isAsGood: asStrict(OPENERS, opener) },
  ]
}

const ANCESTORS = { deny: "'none'", 'same-origin': "'self'", 'allow-any': null } as const

// A browser that finds `frame-ancestors` does not read X-Frame-Options: both must say the same.
function framed(policy: string, frames: HeaderSettings['frames']): string {
  const ancestors = ANCESTORS[frames]
  return ancestors === null || /(^|;)\s*frame-ancestors\s/i.test(policy)
    ? policy
    : `${policy}; frame-ancestors ${ancestors}`
}

function framing(frames: HeaderSettings['frames']): readonly Line[] {
  if (frames === 'allow-any') return []
  const value = frames === 'deny' ? 'DENY' : 'SAMEORIGIN'
  const order = ['', 'SAMEORIGIN', 'DENY']
  return [
    {
      name: 'x-frame-options',
      value,
      isAsGood: (theirs) => order.indexOf(theirs.toUpperCase()) >= FRAMES.indexOf(frames),
    },
  ]
}

/** Words of the upstream are believed when they are in the list, at ours or behind it. */
function asStrict(order: readonly string[], ours: string): (theirs: string) => boolean {
  const least = order.indexOf(ours)
  return (theirs) => order.indexOf(theirs) >= least
}

const always = () => true
const never = () => false

/** RFC 6797, section 6.1. */
function transportSecurity({ maxAge, includeSubDomains, preload }: HstsSettings): string {
  const age = `max-age=${Math.floor(maxAge / 1000)}`
  return [age, includeSubDomains && 'includeSubDomains', preload && 'preload'].filter((it) => it !== false).join('; ')
}

function isPage(type: string | readonly string[] | undefined): boolean {
  // Two types are no type that can be relied on, and a browser might take either.
  if (typeof type !== 'string') return type !== undefined
  return /^\s*(text\/html|application\/xhtml\+xml)\s*(;|,|$)/i.test(type)
}
