import type { Properties } from '../../decision/question.ts'

/** The name of one entity: `Order::"42"` is `{ type: 'Order', id: '42' }`. */
export type EntityUid = { readonly type: string; readonly id: string }

/**
 * One entity as Cedar reads it from JSON: references are `{ __entity: { type, id } }`, addresses, dates and decimals
 * `{ __extn: { fn, arg } }`. With a schema the plain forms (`{ type, id }`, `"10.0.0.1"`) do as well.
 */
export type Entity = {
  readonly uid: EntityUid
  readonly attrs: Properties
  readonly parents: readonly EntityUid[]
  readonly tags?: Properties
}

export type PolicyRequest = {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: Properties
}

/** What could not be evaluated. `policy` is null where the request itself could not be read. */
export type PolicyFault = { readonly policy: string | null; readonly message: string }

/** What Cedar says: a policy that fails is skipped and reported, which is why `refuseFaults` stands on top. */
export type PolicyAnswer = {
  readonly decision: 'allow' | 'deny'
  /** The policies that decided, in order of their ids; empty where nothing applied. */
  readonly determining: readonly string[]
  readonly errors: readonly PolicyFault[]
}

/** A policy as somebody wrote it. The id is ours, `@id("…")` in the text decides nothing. */
export type PolicyText = { readonly id: string; readonly text: string }

/** Policies that are decided together. */
export type PolicySource = {
  readonly policies: readonly PolicyText[]
  /** Cedar's schema language. Where it is there, policies, requests and entities are held against it. */
  readonly schema?: string
}

/**
 * The rule of this house above Cedar's: whatever could not be evaluated denies, since it may have been what forbids.
 *
 * @example refuseFaults({ decision: 'allow', determining: ['a'], errors: [{ policy: 'b', message: '…' }] }).decision // 'deny'
 */
export function refuseFaults(answer: PolicyAnswer): PolicyAnswer {
  if (answer.errors.length === 0 || answer.decision === 'deny') return answer
  return Object.freeze({ ...answer, decision: 'deny', determining: [] })
}
