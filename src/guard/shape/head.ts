import { type Exchange, type Finding, type Problem, printable, type Request, type Step } from '../../core/index.ts'
import { refuseShape } from './problems.ts'
import { type Parameter, parametersOf } from './query.ts'

export type HeadBounds = {
  readonly headers: { readonly count: number; readonly bytes: number } | null
  /** The most bytes of path and query. */
  readonly url: number | null
  readonly query: { readonly count: number; readonly repeated: readonly string[] } | null
}

/**
 * Takes requests whose head is no larger than the route says.
 *
 * Errors: `HEADERS_BEYOND_ROUTE`, `URL_BEYOND_ROUTE`, `QUERY_REFUSED`.
 *
 * @returns null when the route says nothing of heads
 */
export function headStep(bounds: HeadBounds): Step | null {
  const { headers, url, query } = bounds
  if (headers === null && url === null && query === null) return null
  return Object.freeze({
    name: 'head',
    stage: 'input',
    apply: ({ request }: Exchange): Finding => {
      const problem = headersProblem(request, headers) ?? urlProblem(request, url) ?? queryProblem(request, query)
      return problem === null ? undefined : { is: 'deny', problem }
    },
  })
}

function headersProblem({ headSize }: Request, bounds: HeadBounds['headers']): Problem | null {
  if (bounds === null || headSize === undefined) return null
  const { lines, bytes } = headSize()
  if (lines <= bounds.count && bytes <= bounds.bytes) return null
  return refuseShape('HEADERS_BEYOND_ROUTE', { reason: `${lines} headers, ${bytes} bytes` })
}

function urlProblem({ path, query }: Request, most: number | null): Problem | null {
  if (most === null) return null
  const bytes = Buffer.byteLength(path) + (query === '' ? 0 : query.length + 1)
  return bytes <= most ? null : refuseShape('URL_BEYOND_ROUTE', { reason: `${bytes} of ${most} bytes` })
}

function queryProblem({ query }: Request, bounds: HeadBounds['query']): Problem | null {
  if (bounds === null || query === '') return null
  const found = parametersOf(query)
  if (found === null) return refuseShape('QUERY_REFUSED', { reason: 'cannot be decoded' })
  if (found.length > bounds.count) return refuseShape('QUERY_REFUSED', { reason: `${found.length} parameters` })
  const twice = firstRepeated(found, bounds.repeated)
  if (twice === null) return null
  const path = printable(twice).slice(0, 64)
  return refuseShape('QUERY_REFUSED', { errors: [{ path, message: 'comes twice' }], reason: `${path} comes twice` })
}

function firstRepeated(parameters: readonly Parameter[], mayRepeat: readonly string[]): string | null {
  const seen = new Set<string>()
  for (const { name } of parameters) {
    if (seen.has(name) && !mayRepeat.includes(name)) return name
    seen.add(name)
  }
  return null
}
