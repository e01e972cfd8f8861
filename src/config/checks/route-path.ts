import { quoted } from '../path.ts'

const PARAMETER = /^\{([A-Za-z][A-Za-z0-9_]{0,31})\}$/
// Nothing that another reader of the same path could take for a separator or an escape.
const LITERAL = /^[^%?#\\;*{}/]*$/
const MOST_SEGMENTS = 64

/**
 * What is wrong with the path of a route, or null. A path is matched against the request's path as decoded once, so
 * it is written decoded.
 */
export function routePathFault(path: string): string | null {
  if (!path.startsWith('/')) return 'must start with "/"'
  const segments = path.slice(1).split('/')
  if (segments.length > MOST_SEGMENTS) return `must have at most ${MOST_SEGMENTS} parts`
  const last = segments.length - 1
  for (const [i, segment] of segments.entries()) {
    const wrong = segmentFault(segment, i === last)
    if (wrong !== null) return wrong
  }
  const names = segments.map((segment) => PARAMETER.exec(segment)?.[1]).filter((name) => name !== undefined)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  return twice === undefined ? null : `has the parameter {${twice}} twice`
}

/** Whether a prefix ends where a part of the path ends: `/orders` is a start of `/orders/{id}`, not of `/orders2`. */
export function startsWithParts(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

/** What a path matches, without the names it gives: two paths with the same shape match the same requests. */
export function pathShape(path: string): string {
  const segments = path.split('/')
  return segments.map((segment) => (segment === '*' || PARAMETER.test(segment) ? '*' : segment)).join('/')
}

function segmentFault(segment: string, isLast: boolean): string | null {
  if (segment === '' && !isLast) return 'must not have "//"'
  if (segment === '.' || segment === '..') return `must not have ${quoted(segment)} as a part`
  if (segment === '*' || segment === '**') return isLast ? null : `can have "${segment}" at the end only`
  if (PARAMETER.test(segment) || LITERAL.test(segment)) return null
  if (/[*{}]/.test(segment))
    return `${quoted(segment)} must be a plain part, a whole {parameter}, or "*" or "**" at the end`
  return `${quoted(segment)} has a character that can not be in the path of a route; write it decoded, without %, ?, #, ; or \\`
}
