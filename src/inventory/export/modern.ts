import type { Json } from '../../guard/index.ts'

type Open = Record<string, Json | undefined>

/** Words of OpenAPI 3.0 about schemas as 3.1 has them, which is JSON Schema 2020-12. */
export function modern(schema: Open): Open {
  const made = { ...schema }
  for (const [word, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof made[word] !== 'boolean') continue
    if (made[word] === true && made[bound] !== undefined) {
      made[word] = made[bound]
      delete made[bound]
    } else delete made[word]
  }
  if (typeof made.nullable !== 'boolean') return made
  if (made.nullable && typeof made.type === 'string') made.type = [made.type, 'null']
  if (made.nullable && Array.isArray(made.enum) && !made.enum.includes(null)) made.enum = [...made.enum, null]
  delete made.nullable
  return made
}
