import type { Finding, Principal, Problem, Step } from '../../core/index.ts'
import { refuseAccess } from '../problems.ts'
import { isOwner } from '../property/ownership.ts'
import type { NoteUse } from '../use/uses.ts'
import { nameReader } from './named.ts'

/** What a route asks about whose its object is. */
export type OwnerRule = {
  readonly type: string
  /** Where it says whose it is. */
  readonly from: 'path' | 'query' | 'body' | 'answer'
  /** The parameter or property that names the owner. */
  readonly name: string | null
  /** What others are told. */
  readonly otherwise: '404' | '403'
}

/** What others are told of an object that is not theirs: with 404 the same as of one that does not exist. */
export function notTheirs(otherwise: OwnerRule['otherwise'], reason: string): Problem {
  return refuseAccess(otherwise === '403' ? 'OBJECT_FORBIDDEN' : 'OBJECT_NOT_FOUND', { reason })
}

/**
 * The step behind `require.owner` where the path or the query names the owner.
 *
 * Errors: `OBJECT_NOT_FOUND`, or `OBJECT_FORBIDDEN` where a route prefers to say so.
 *
 * @param as the permission that lets somebody act as an owner, or null
 * @param path the route's path, such as `/customers/{id}/orders`
 * @param note takes down that somebody acted as another
 * @returns null where the owner stands elsewhere
 * @throws RangeError when the path has no such parameter
 */
export function ownerStep(rule: OwnerRule, as: string | null, path: string, note?: NoteUse): Step | null {
  const { from, name } = rule
  if (from === 'body' || from === 'answer') return null
  const read = nameReader({ from, name: name ?? '' }, path)
  return {
    name: `owner by ${rule.from}`,
    stage: 'access',
    apply: (exchange) => ownerProblem(exchange.principal, read(exchange), as, rule.otherwise, note),
  }
}

/** Why somebody is not let through to what names this owner. */
export function ownerProblem(
  principal: Principal,
  value: string | null,
  as: string | null,
  otherwise: OwnerRule['otherwise'],
  note?: NoteUse,
): (Finding & { is: 'deny' }) | undefined {
  if (value !== null && isOwner(principal, value, as, note)) return undefined
  return { is: 'deny', problem: notTheirs(otherwise, value === null ? 'names no owner' : 'owned by somebody else') }
}
