import type { Properties } from '../decision/question.ts'

/** What a part that decides by policies may be expected to say. */
export const EXPECTED = ['allow', 'deny', 'none'] as const

/** A question with the answer that the policies must give: a test that is kept beside its policy. */
export type PolicyExample = {
  readonly name: string
  readonly principal: {
    readonly type: string
    readonly id: string
    readonly roles: readonly string[]
    readonly properties: Properties
  }
  readonly action: string
  readonly resource: { readonly type: string; readonly id: string | null; readonly properties: Properties }
  readonly context: Properties
  readonly expect: (typeof EXPECTED)[number]
}

/** What somebody writes of a policy. */
export type PolicyContent = {
  /** By which decisions name it; one policy of an organization has it. */
  readonly name: string
  readonly description: string
  /** One policy in Cedar's language. */
  readonly text: string
  readonly enabled: boolean
  readonly examples: readonly PolicyExample[]
}

/** A policy of an organization. Times are milliseconds. */
export type Policy = PolicyContent & {
  readonly id: string
  readonly organization: string
  readonly createdAt: number
  readonly createdBy: string
  readonly changedAt: number
  readonly changedBy: string
  readonly version: number
}

/** What a policy said at one version, and who made it so. */
export type PolicyVersion = PolicyContent & {
  readonly version: number
  readonly changedAt: number
  readonly changedBy: string
}

/** All that an organization decides by: changed as a whole, so that what is checked is what is saved. */
export type PolicyBook = {
  readonly version: number
  /** What the organization added to the generated schema; null where policies are not held against one. */
  readonly schema: string | null
  readonly policies: readonly Policy[]
}

/** Bounds of one organization. Every save runs every example, so there is a bound on them together, too. */
export const MOST = Object.freeze({ policies: 1000, examples: 20, examplesTogether: 500, versions: 100 })
