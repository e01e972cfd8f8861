import type { Exchange } from '../../core/index.ts'

/** Where a request names something: a parameter of its path or of its query. */
export type Place = { readonly from: 'path' | 'query'; readonly name: string }

/**
 * Makes what reads a name out of a request.
 *
 * @param path the route's path, such as `/customers/{id}/orders`
 * @returns a function that answers null where nothing is named, or two things are
 * @throws RangeError when the path has no such parameter
 */
export function nameReader({ from, name }: Place, path: string): (exchange: Exchange) => string | null {
  if (from === 'query') return ({ request }) => onlyValue(request.query, name)
  const place = path.split('/').indexOf(`{${name}}`)
  if (place === -1) throw new RangeError(`its path has no parameter {${name}}`)
  return ({ request }) => request.path.split('/')[place] ?? null
}

// Of two values the upstream may take the other one.
function onlyValue(query: string, name: string): string | null {
  const values = new URLSearchParams(query).getAll(name)
  return values.length === 1 ? (values[0] as string) : null
}
