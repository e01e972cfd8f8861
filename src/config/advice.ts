import type { Config, Route } from './schema.ts'

/** What loads and may still not be what was meant, each a sentence that names its place. */
export function adviceOf({ gateway }: Config): readonly string[] {
  return [...gateway.routes.flatMap((route) => headerAdvice(route) ?? []), ...decisionAdvice(gateway)]
}

// Routes can come while it runs, so the door may be there before them.
function decisionAdvice({ decisions, routes }: Config['gateway']): readonly string[] {
  if (decisions === null || routes.some((route) => route.decisions)) return []
  return ['gateway.decisions answers nothing: no route has `decisions: true`.']
}

// Whoever is limited by a header alone makes up another value for each request.
function headerAdvice({ id, limits }: Route): string | null {
  if (limits.length === 0 || !limits.every(({ by }) => by.split('+').every(isHeader))) return null
  return `gateway.routes: ${id} counts by headers alone, which every client writes as it likes: it is held by no limit that it does not want. Add a limit by key, address or route.`
}

const isHeader = (part: string): boolean => part.startsWith('header:')
