import type { Part } from './order.ts'
import type { Answer } from './question.ts'

/** Whether somebody may, which part of the order decided it, and what each part that was asked said. */
export type Decision = {
  readonly allowed: boolean
  /** Null where nothing allowed and nothing denied, which is a deny. */
  readonly decidedBy: Part | null
  /** The names of what decided: policies, a permission, a path of relations. */
  readonly because: readonly string[]
  readonly answers: Readonly<Partial<Record<Part, Answer>>>
}

/** What a part that does not know the matter says. */
export const SILENT: Answer = Object.freeze({ outcome: 'none', because: Object.freeze([]) })
