import { originTest, type Problem, type Request } from '../../core/index.ts'
import { refuseOrigin } from './problems.ts'

/** Which pages of other origins may read answers. */
export type CorsSettings = {
  /** Origins, `https://*.example.com` for any one label, or `*` alone for everybody. */
  readonly origins: readonly string[]
  /** Null is what the route takes. */
  readonly methods: readonly string[] | null
  /** Headers that pages may send. */
  readonly headers: readonly string[]
  /** Headers that pages may read. */
  readonly exposed: readonly string[]
  /** Whether browsers send cookies along. */
  readonly credentials: boolean
  /** Milliseconds that browsers may remember a preflight. */
  readonly maxAge: number
  /** Whether pages of the internet may ask, where this is a private network. */
  readonly privateNetwork: boolean
  readonly leaveToUpstream: boolean
}

type Asked = Pick<Request, 'header' | 'headerCount'>
type Theirs = Readonly<Record<string, string | readonly string[] | undefined>>

const CORS_HEADERS = [
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-allow-private-network',
  'access-control-expose-headers',
  'access-control-max-age',
]
const ANY_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * What a route tells browsers about pages of other origins (the Fetch standard, section 3.3), made once for it. What the
 * upstream says of that is not heard, for it does not know who is let in.
 *
 * @param settings null is nobody
 * @param methods that the route takes; null is any
 * @returns null when a route leaves it to its upstream. `preflight` answers a page that asks whether it may ask: the lines to
 *   add, or the problem `ORIGIN_REFUSED`
 */
export function corsRule(settings: CorsSettings | null, methods: readonly string[] | null) {
  if (settings === null) return { ...NOBODY, preflight: null }
  if (settings.leaveToUpstream) return null
  const everybody = settings.origins.includes('*')
  const allows = everybody ? () => true : originTest(settings.origins)
  const heard = linesOfHeard(settings)
  return Object.freeze({
    name: 'cors',
    replaces: everybody ? CORS_HEADERS : [...CORS_HEADERS, 'vary'],
    write: (lines: string[], { request, headers }: { request: Asked | null; headers: Theirs | null }): void => {
      if (!everybody) lines.push('vary', withOrigin(headers?.vary))
      const origin = request === null ? null : originOf(request)
      if (everybody) lines.push('access-control-allow-origin', '*', ...heard)
      else if (origin !== null && allows(origin)) lines.push('access-control-allow-origin', origin, ...heard)
    },
    preflight: preflightOf(settings, settings.methods ?? methods ?? ANY_METHODS, allows),
  })
}

const NOBODY = { name: 'no cors', replaces: CORS_HEADERS, write: () => undefined }

function linesOfHeard({ credentials, exposed }: CorsSettings): readonly string[] {
  return [
    ...(credentials ? ['access-control-allow-credentials', 'true'] : []),
    ...(exposed.length === 0 ? [] : ['access-control-expose-headers', exposed.join(', ')]),
  ]
}

function preflightOf(settings: CorsSettings, methods: readonly string[], allows: (origin: string) => boolean) {
  const headers = new Set(settings.headers.map((name) => name.toLowerCase()))
  const taken = methods.includes('GET') ? new Set([...methods, 'HEAD']) : new Set(methods)
  const lines = [
    'access-control-allow-methods',
    [...taken].join(', '),
    ...(headers.size === 0 ? [] : ['access-control-allow-headers', settings.headers.join(', ')]),
    'access-control-max-age',
    String(Math.floor(settings.maxAge / 1000)),
  ]
  const near = [...lines, 'access-control-allow-private-network', 'true']
  return (request: Asked): { readonly lines: readonly string[] } | Problem => {
    const origin = originOf(request)
    if (origin === null || !allows(origin)) return refuseOrigin('ORIGIN_REFUSED', { reason: `origin ${origin}` })
    const method = request.header('access-control-request-method') ?? ''
    if (!taken.has(method)) return refuseOrigin('ORIGIN_REFUSED', { reason: `method ${method}` })
    const other = namesIn(request.header('access-control-request-headers')).find((name) => !headers.has(name))
    if (other !== undefined) return refuseOrigin('ORIGIN_REFUSED', { reason: `header ${other}` })
    if (request.header('access-control-request-private-network') !== 'true') return { lines }
    return settings.privateNetwork
      ? { lines: near }
      : refuseOrigin('ORIGIN_REFUSED', { reason: 'from the internet into a private network' })
  }
}

// Two of them are nobody, and so is what a page in a sandbox says.
function originOf(request: Asked): string | null {
  const origin = request.header('origin')
  return origin === undefined || origin === 'null' || request.headerCount('origin') !== 1 ? null : origin
}

function namesIn(header: string | undefined): readonly string[] {
  if (header === undefined || header.trim() === '') return []
  return header.split(',').map((name) => name.trim().toLowerCase())
}

function withOrigin(theirs: string | readonly string[] | undefined): string {
  if (theirs === undefined) return 'Origin'
  const said = typeof theirs === 'string' ? theirs : theirs.join(', ')
  const names = namesIn(said)
  if (names.includes('*')) return '*'
  return names.includes('origin') ? said : `${said}, Origin`
}
