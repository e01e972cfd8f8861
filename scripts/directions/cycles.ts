import type { Import } from './imports.ts'

/** A shortest way from a file back to itself along imports that happen at load; one for each knot of files. */
export function valueCycles(imports: readonly Import[]): (readonly Import[])[] {
  const edges = Map.groupBy(
    imports.filter(({ typeOnly, atLoad }) => !typeOnly && atLoad),
    ({ file }) => file,
  )
  const reported = new Set<string>()
  const cycles: (readonly Import[])[] = []
  for (const file of edges.keys()) {
    if (reported.has(file)) continue
    const cycle = wayBack(file, edges)
    if (cycle === null) continue
    cycles.push(cycle)
    for (const step of cycle) reported.add(step.file)
  }
  return cycles
}

function wayBack(start: string, edges: ReadonlyMap<string, readonly Import[]>): readonly Import[] | null {
  const queue: (readonly Import[])[] = (edges.get(start) ?? []).map((edge) => [edge])
  const seen = new Set<string>()
  for (const way of queue) {
    const last = way.at(-1)?.target ?? start
    if (last === start) return way
    if (seen.has(last)) continue
    seen.add(last)
    for (const edge of edges.get(last) ?? []) queue.push([...way, edge])
  }
  return null
}
