import type { Authenticator, Stage, Step } from '../core/index.ts'

/** Steps by their stage, in the order given. @throws Error for a step whose stage there is not */
export function byStage(steps: readonly Step[]): Readonly<Record<Stage, readonly Step[]>> {
  const sorted: Record<Stage, Step[]> = { limits: [], access: [], input: [] }
  for (const step of steps) {
    if (!Object.hasOwn(sorted, step.stage)) throw new Error(`step ${step.name} has no stage`)
    sorted[step.stage].push(step)
  }
  return sorted
}

/** What `WWW-Authenticate` says for several authenticators. Some have no scheme that a program could use. */
export function challengeOf(authenticators: readonly Authenticator[]): string {
  const named = authenticators.flatMap(({ challenge }) => challenge ?? [])
  return named.length === 0 ? 'Bearer' : named.join(', ')
}
