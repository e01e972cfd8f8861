import type { Properties } from '../decision/question.ts'

/**
 * What is known here of a subject or a resource that somebody else looks after: in the words of AuthZEN, what a policy
 * information point would tell.
 */
export type Entity = {
  readonly type: string
  readonly id: string
  /** What it stands in as a subject: names for policies, which give no permission. */
  readonly roles: readonly string[]
  readonly properties: Properties
}
