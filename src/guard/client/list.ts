import { isObject, type JsonObject, at as memberAt, placeOf } from '../openapi/tree.ts'

/** A list in an answer: the members that lead to it, and where its elements are described. */
export type List = { readonly names: readonly string[]; readonly schema: string }

const AT = /^([A-Za-z0-9_$-]+(?:\.[A-Za-z0-9_$-]+)*)?\[\]$/

/** A schema as plain JSON, so that whoever changes theirs later changes nothing here. @throws TypeError for none */
export function plainSchema(schema: unknown): JsonObject {
  const copy: unknown = isObject(schema) ? JSON.parse(JSON.stringify(schema)) : null
  if (isObject(copy) && Object.keys(copy).length > 0) return copy
  throw new TypeError('schema must be a JSON Schema, or null for answers of which nothing is read')
}

/**
 * Finds the list whose elements are judged one by one: the one that is named, else the answer where that is a list.
 *
 * @param at members that lead there, such as `data.items[]`, or null
 * @throws TypeError where the schema describes no list
 */
export function findList(root: JsonObject, at: string | null): List | null {
  const written = at ?? (root.type === 'array' && isObject(root.items) ? '[]' : null)
  if (written === null) return null
  const [fits, path = ''] = AT.exec(written) ?? []
  if (fits === undefined) throw new TypeError(`at must be as "items[]" or "[]", not ${JSON.stringify(at)}`)
  const names = path === '' ? [] : path.split('.')
  return { names, schema: schemaBelow(root, names, written) }
}

function schemaBelow(root: JsonObject, names: readonly string[], written: string): string {
  let place = ''
  for (const step of [...names.map((name) => `/properties/${name}`), '/items']) {
    place = placeOf(root, memberAt(root, place), place) + step
    if (!isObject(memberAt(root, place))) throw new TypeError(`the schema describes no list at "${written}"`)
  }
  return place
}
