import { type FieldError, type JsonBounds, toPointer } from '../../core/index.ts'
import { compiled, openAjv, type SchemaFault, type Validate } from '../openapi/judge.ts'
import { isObject } from '../openapi/tree.ts'
import { jsonProblem } from '../shape/json-rule.ts'
import { findList, type List, plainSchema } from './list.ts'

export type Expected = {
  /** Where the list stands whose elements are judged one by one, such as `items[]`; `[]` is the answer itself. */
  readonly at: string | null
  /** What becomes of an answer with elements that do not fit. */
  readonly otherwise: 'leave-out' | 'refuse'
  readonly json: JsonBounds
}

/** What an answer turned out to be. Places are JSON Pointers into the answer as it came. */
export type Judged = {
  /** What there is to use, or nothing. */
  readonly found: { readonly body: unknown } | null
  /** What does not fit, and why. Values are never repeated. */
  readonly refused: readonly FieldError[]
}

/** Reads an answer and holds it to what was agreed. */
export type Judge = (bytes: Buffer) => Judged

type Sifted = { readonly body: unknown; readonly refused: readonly FieldError[] }

const HERE = 'https://schema.invalid/schema'

/**
 * Compiles a JSON Schema (2020-12) for the answers of a third party. What of a list is left is held to the whole schema.
 *
 * @throws TypeError for what is no schema, or has no list at `at`
 */
export function judgeOf(schema: object, { at, otherwise, json }: Expected): Judge {
  const root = plainSchema(schema)
  const list = findList(root, at)
  const { whole, element } = compileBoth(root, list)
  return (bytes) => {
    const unread = jsonProblem(bytes, json)
    if (unread !== null) return { found: null, refused: unread.errors ?? [] }
    const read: unknown = JSON.parse(bytes.toString())
    const { body, refused } =
      element === null || list === null ? { body: read, refused: [] } : sift(read, list, element)
    if (refused.length > 0 && otherwise === 'refuse') return { found: null, refused }
    const fault = whole(body)
    return fault === null ? { found: { body }, refused } : { found: null, refused: [told('', fault), ...refused] }
  }
}

function compileBoth(root: object, list: List | null): { whole: Validate; element: Validate | null } {
  const ajv = openAjv({ known: true })
  try {
    const here = '$id' in root && typeof root.$id === 'string' ? root.$id : HERE
    ajv.addVocabulary(ANNOTATIONS)
    ajv.addSchema(root, here)
    const whole = compiled(ajv, here)
    return { whole, element: list === null ? null : compiled(ajv, `${here}#${encodeURI(list.schema)}`) }
  } catch (error) {
    throw new TypeError(`the schema cannot be used: ${String((error as Error).message).slice(0, 200)}`)
  }
}

/** Words of others that say nothing about values. */
const ANNOTATIONS = ['example', 'discriminator', 'xml', 'externalDocs']

// What is no list there is left to the whole schema, which says so.
function sift(read: unknown, { names }: List, element: Validate): Sifted {
  const parent = names.slice(0, -1).reduce<unknown>(memberOf, read)
  const last = names.at(-1)
  const all = last === undefined ? read : memberOf(parent, last)
  if (!Array.isArray(all)) return { body: read, refused: [] }
  const faults = all.map(element)
  const refused = faults.flatMap((fault, i) => (fault === null ? [] : [told(toPointer([...names, String(i)]), fault)]))
  if (refused.length === 0) return { body: read, refused }
  const kept = all.filter((_, i) => faults[i] === null)
  if (last === undefined) return { body: kept, refused }
  ;(parent as Record<string, unknown>)[last] = kept
  return { body: read, refused }
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function told(place: string, { pointer, message }: SchemaFault): FieldError {
  return { path: `${place}${pointer}`, message }
}
