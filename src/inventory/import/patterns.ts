import { isWithin, readPattern } from '../../core/index.ts'
import { type Json, type JsonObject, resolved } from '../../guard/index.ts'

const MOST_CHARACTERS = 256
const FORMATS: Readonly<Record<string, string>> = {
  uuid: '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
}

/** What parameters of the path look like by their schemas, by name: those that a route can hold them to. */
export function pathPatterns(root: JsonObject, item: JsonObject, operation: JsonObject): ReadonlyMap<string, string> {
  const patterns = new Map<string, string>()
  for (const list of [item.parameters, operation.parameters]) {
    for (const given of Array.isArray(list) ? (list as readonly Json[]) : []) {
      const { in: place, name, style = 'simple', schema } = resolved(root, given) ?? {}
      if (place !== 'path' || typeof name !== 'string') continue
      const source = style === 'simple' ? patternOf(resolved(root, schema) ?? {}) : null
      if (source === null) patterns.delete(name)
      else patterns.set(name, source)
    }
  }
  return patterns
}

function patternOf({ type, format, pattern, enum: values, minimum }: JsonObject): string | null {
  if (type === 'integer') return typeof minimum === 'number' && minimum >= 0 ? '[0-9]+' : '-?[0-9]+'
  if (type !== 'string') return null
  if (Array.isArray(values)) return usable(`(${values.map((it: Json) => escaped(String(it))).join('|')})`)
  if (typeof pattern === 'string') return usable(/^\^(.*[^\\])\$$/.exec(pattern)?.[1] ?? '')
  return typeof format === 'string' ? (FORMATS[format] ?? null) : null
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

// What a route cannot hold a part to is left to the document, which is asked anyway.
function usable(source: string): string | null {
  if (source === '' || source.length > MOST_CHARACTERS) return null
  const pattern = readPattern(source)
  const every = readPattern('.+')
  if (typeof pattern === 'string' || typeof every === 'string') return null
  return isWithin(every, pattern) ? null : source
}
