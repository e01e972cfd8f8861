import type { Exchange, Finding, Problem, Step } from '../../core/index.ts'
import { refuseShape } from './problems.ts'
import { type Parameter, parametersOf } from './query.ts'

export type PageBounds = {
  /** The parameter of the query, such as `limit`. */
  readonly parameter: string
  readonly max: number
  /** What the upstream is asked for when nobody says. Null leaves it to the upstream. */
  readonly default: number | null
  /** What becomes of more: the most that there is, or a refusal. */
  readonly otherwise: 'clamp' | 'refuse'
}

/**
 * Takes page sizes that are whole numbers, once, and no larger than there is, unless they are clamped.
 *
 * Errors: `PAGE_SIZE_REFUSED`.
 */
export function pageStep(bounds: PageBounds): Step {
  return Object.freeze({
    name: 'page size',
    stage: 'input',
    apply: ({ request }: Exchange): Finding => {
      const problem = request.query === '' ? null : pageProblem(request.query, bounds)
      return problem === null ? undefined : { is: 'deny', problem }
    },
  })
}

function pageProblem(query: string, bounds: PageBounds): Problem | null {
  const { parameter, max, otherwise } = bounds
  const found = sizesIn(query, parameter)
  if (found === null || found.length > 1) return refusal(parameter, 'must come once')
  const [size] = found
  if (size === undefined) return null
  if (size.name !== parameter) return refusal(parameter, 'must be written exactly so')
  if (!/^[1-9]\d{0,8}$/.test(size.value)) return refusal(parameter, 'must be a whole number above 0')
  return otherwise === 'refuse' && Number(size.value) > max ? refusal(parameter, `must be at most ${max}`) : null
}

function refusal(path: string, message: string): Problem {
  return refuseShape('PAGE_SIZE_REFUSED', { errors: [{ path, message }], reason: `${path} ${message}` })
}

/** What the upstream sees of a query whose page size was taken: never more than there is, and the default where none was said. */
export function pageQuery({ parameter, max, default: usual }: PageBounds): (query: string) => string {
  return (query) => {
    const [size] = sizesIn(query, parameter) ?? []
    if (size !== undefined && Number(size.value) <= max) return query
    const wanted = size === undefined ? usual : max
    if (wanted === null) return query
    const others = query.split('&').filter((written) => written !== '' && written !== size?.written)
    return [...others, `${encodeURIComponent(parameter)}=${wanted}`].join('&')
  }
}

// Some upstreams do not mind the case of names, or take `limit[]` for `limit`.
function sizesIn(query: string, parameter: string): Parameter[] | null {
  const plain = parameter.toLowerCase()
  const found = parametersOf(query)
  return found === null ? null : found.filter(({ name }) => baseOf(name.toLowerCase()) === plain)
}

function baseOf(name: string): string {
  const bracket = name.indexOf('[')
  return (bracket === -1 ? name : name.slice(0, bracket)).trim()
}
