/** A document as it was read: objects, lists and single values. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json | undefined }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of an object that are objects themselves. */
export function objectsIn(value: unknown): [string, JsonObject][] {
  return isObject(value) ? Object.entries(value).filter((it): it is [string, JsonObject] => isObject(it[1])) : []
}

export function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** What a pointer within the document leads to (RFC 6901), or undefined. */
export function at(root: Json, pointer: string): Json | undefined {
  let here: Json | undefined = root
  for (const part of pointer.split('/').slice(1)) {
    const name = decode(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(here)) here = (here as readonly Json[])[Number(name)]
    else here = isObject(here) && Object.hasOwn(here, name) ? here[name] : undefined
  }
  return here
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Of an object that refers to another the other, as often as it does so. Undefined where that leads nowhere. */
export function resolved(root: Json, value: Json | undefined): JsonObject | undefined {
  let here = value
  for (let steps = 0; steps < 16; steps++) {
    if (!isObject(here)) return undefined
    const { $ref } = here
    if (typeof $ref !== 'string') return here
    if (!$ref.startsWith('#/')) return undefined
    here = at(root, $ref.slice(1))
  }
  return undefined
}

/** Where an object stands, or where the one stands that it refers to. */
export function placeOf(root: Json, value: Json | undefined, pointer: string): string {
  let place = pointer
  let here = value
  for (let steps = 0; steps < 16 && isObject(here) && typeof here.$ref === 'string'; steps++) {
    place = here.$ref.slice(1)
    here = at(root, place)
  }
  return place
}
