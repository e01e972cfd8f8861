import { done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { type Asked, objectOf, readAsked } from './read.ts'

/** What of a batch is answered (AuthZEN 1.0, section 7.1.2.1): all, or all up to the first that is denied or permitted. */
export const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const
export type Semantic = (typeof SEMANTICS)[number]

/** One item: a question, or why it is none. */
export type Item = Result<Asked>
export type Batch = { readonly items: readonly Item[]; readonly semantic: Semantic }

export const MOST_ITEMS = 500

type Raw = { readonly [name: string]: unknown }
const PARTS = ['subject', 'action', 'resource', 'context'] as const

/**
 * Reads a batch: what stands beside `evaluations` stands in for what an item leaves out.
 *
 * Errors: `INPUT_INVALID` for the batch as a whole. An item that is no question is denied, and the others are answered.
 *
 * @returns null where there are no items, so that the body is one question
 */
export function readBatch(body: Raw): Result<Batch | null> {
  const { evaluations, options } = body
  if (evaluations === undefined || (Array.isArray(evaluations) && evaluations.length === 0)) return done(null)
  if (!Array.isArray(evaluations)) return wrong('evaluations', 'must be a list')
  if (evaluations.length > MOST_ITEMS) return wrong('evaluations', `must have at most ${MOST_ITEMS} items`)
  const semantic = semanticOf(options)
  if (semantic === null) return wrong('options.evaluations_semantic', `must be one of ${SEMANTICS.join(', ')}`)
  return done({ items: evaluations.map((item) => readItem(body, item)), semantic })
}

/** Whether a batch ends with this decision. */
export function endsWith(semantic: Semantic, allowed: boolean): boolean {
  return semantic === 'deny_on_first_deny' ? !allowed : semantic === 'permit_on_first_permit' && allowed
}

function semanticOf(options: unknown): Semantic | null {
  const wanted = objectOf(options)?.evaluations_semantic ?? 'execute_all'
  return SEMANTICS.find((semantic) => semantic === wanted) ?? null
}

function readItem(body: Raw, item: unknown): Item {
  const own = objectOf(item)
  if (own === null) return wrong('evaluations', 'must be objects')
  return readAsked(Object.fromEntries(PARTS.map((part) => [part, Object.hasOwn(own, part) ? own[part] : body[part]])))
}

function wrong(path: string, message: string): { readonly ok: false; readonly problem: Problem } {
  return refused(refuseHttp('INPUT_INVALID', { errors: [{ path, message }] }))
}
