/**
 * Whether a request could match both a route and a path of a document. When in doubt it could.
 *
 * @param route a path as routes write it: `/a/{id}`, `/a/*`, `/a/**`
 * @param path a path as documents write it: `/a/{id}`
 */
export function mayMatch(route: string, path: string): boolean {
  const wanted = route.split('/')
  const given = path.split('/')
  const hasRest = wanted.at(-1) === '**'
  const plain = hasRest ? wanted.slice(0, -1) : wanted
  if (hasRest ? given.length < plain.length : given.length !== plain.length) return false
  return plain.every((segment, i) => segment === given[i] || isOpen(segment) || isOpen(given[i] ?? ''))
}

function isOpen(segment: string): boolean {
  return segment === '*' || segment.includes('{')
}
