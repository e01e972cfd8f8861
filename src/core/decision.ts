import type { Problem } from './problem.ts'

/** May they? Every deny carries the problem that says why; an allow needs no words. */
export type Decision = { readonly allow: true } | { readonly allow: false; readonly problem: Problem }

export const allowed: Decision = Object.freeze({ allow: true })

export function denied(problem: Problem): Decision {
  return { allow: false, problem }
}
