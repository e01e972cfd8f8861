import type { FieldError } from '../../core/index.ts'

type Needs = readonly { readonly rule: string; readonly excludes: boolean }[]

/**
 * Puts rules into layers so that whatever a rule excludes is decided in a lower one.
 *
 * @returns the layers, or why there are none: rules that exclude each other in a circle have no answer
 */
export function layersOf(
  needs: ReadonlyMap<string, Needs>,
): { readonly of: ReadonlyMap<string, number> } | { readonly faults: readonly FieldError[] } {
  const twisted = [...needs].filter(([key, of]) => of.some((it) => it.excludes && meets(needs, it.rule, key)))
  if (twisted.length > 0) return { faults: twisted.map(([key]) => ruleFault(key, 'excludes what depends on itself')) }
  return { of: settle(needs) }
}

// Each round raises rules above what they need; as nothing excludes itself there are at most as many rounds as rules.
function settle(needs: ReadonlyMap<string, Needs>): ReadonlyMap<string, number> {
  const layers = new Map([...needs.keys()].map((key) => [key, 0]))
  for (let changed = true; changed; ) {
    changed = false
    for (const [key, of] of needs) {
      const wanted = Math.max(0, ...of.map((it) => (layers.get(it.rule) ?? 0) + (it.excludes ? 1 : 0)))
      if (wanted > (layers.get(key) ?? 0)) {
        layers.set(key, wanted)
        changed = true
      }
    }
  }
  return layers
}

function meets(needs: ReadonlyMap<string, Needs>, from: string, to: string): boolean {
  return from === to || reaches(needs, from, to)
}

function reaches(needs: ReadonlyMap<string, Needs>, from: string, to: string): boolean {
  const seen = new Set<string>()
  const open = [from]
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const need of needs.get(key) ?? []) {
      if (need.rule === to) return true
      if (seen.has(need.rule)) continue
      seen.add(need.rule)
      open.push(need.rule)
    }
  }
  return false
}

/** What is wrong with a rule, at its place in the document. */
export function ruleFault(key: string, message: string): FieldError {
  const [type, relation] = key.split('#')
  return { path: `types.${type}.relations.${relation}`, message }
}
