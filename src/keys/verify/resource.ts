/** A resource pattern, made ready. `method` null means every method. */
export type ResourceRule = { readonly method: string | null; readonly matches: (path: string) => boolean }

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const SEGMENT = /^(\*|\*\*|[A-Za-z0-9._~!$&'()+,=:@-]+)$/

/**
 * Checks a resource pattern: an optional method, then a path whose segments are plain, `*` for one segment, or a final
 * `**` for everything below. A final `*` stands for everything below too, as the promise's example has it.
 *
 * @example resourceFault('GET /api/v1/products/*') // null
 * @returns null when it is right, else the sentence that says what is wrong
 */
export function resourceFault(text: string): string | null {
  const { method, path } = parts(text)
  if (method !== null && !METHODS.includes(method))
    return `"${text}" begins with a method that is not one of ${METHODS.join(', ')}`
  if (!path.startsWith('/')) return `"${text}" needs a path that starts with /, such as GET /orders/*`
  const segments = path.split('/').slice(1)
  const wrong = path === '/' ? undefined : segments.find((segment) => !SEGMENT.test(segment) || isDots(segment))
  if (wrong !== undefined) return `"${text}" has the segment "${wrong}"; use plain text, * or a final **`
  if (segments.slice(0, -1).includes('**')) return `"${text}" may have ** only at the end`
  return null
}

export function resourceRule(text: string): ResourceRule {
  const { method, path } = parts(text)
  return { method, matches: matcher(path) }
}

/** Whether a request meets one of the rules. A request whose path is not known meets none. */
export function isAllowedResource(rules: readonly ResourceRule[], method: string | null, path: string | null): boolean {
  if (path === null) return false
  return rules.some((rule) => (rule.method === null || rule.method === method) && rule.matches(path))
}

function parts(text: string): { method: string | null; path: string } {
  const space = text.indexOf(' ')
  return space === -1 ? { method: null, path: text } : { method: text.slice(0, space), path: text.slice(space + 1) }
}

function matcher(pattern: string): (path: string) => boolean {
  const wanted = pattern.split('/')
  const last = wanted.at(-1)
  const open = last === '*' || last === '**'
  const fixed = open ? wanted.slice(0, -1) : wanted
  return (path) => {
    const given = path.split('/')
    if (open ? given.length <= fixed.length : given.length !== fixed.length) return false
    if (open && given.length === fixed.length + 1 && given.at(-1) === '') return false
    return fixed.every((segment, i) => segment === given[i] || (segment === '*' && given[i] !== ''))
  }
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..'
}
