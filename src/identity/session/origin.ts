import type { Request } from '../../core/index.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a request may act with what a browser adds by itself. A change must say where it comes from, and that must be
 * one of our own pages; the two headers cannot be set by a page (Fetch Standard, forbidden request-headers).
 *
 * @param origins those whose pages may act
 */
export function isOwnOrigin(request: Pick<Request, 'method' | 'header'>, origins: ReadonlySet<string>): boolean {
  if (SAFE.has(request.method)) return true
  const origin = request.header('origin')
  if (origin !== undefined) return origins.has(origin)
  return request.header('sec-fetch-site') === 'same-origin'
}

/** The same for who is not signed in yet: nobody's page may sign a visitor in as somebody else (login CSRF). */
export function isForeignOrigin(request: Pick<Request, 'header'>, origins: ReadonlySet<string>): boolean {
  const origin = request.header('origin')
  if (origin !== undefined) return !origins.has(origin)
  const site = request.header('sec-fetch-site')
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}
