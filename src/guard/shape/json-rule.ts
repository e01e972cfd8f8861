import { type FoundFault, faultOfJson, type JsonBounds, type JsonFault, type Problem } from '../../core/index.ts'
import { type BodyRule, rulingOn } from '../body-rule.ts'
import { isJsonType, readContentType } from './content-type.ts'
import { refuseShape, type shapeProblems } from './problems.ts'

/** What is safe for nearly everybody: ten levels, a thousand elements, fifty members. */
export const JSON_BOUNDS: JsonBounds = Object.freeze({ depth: 10, items: 1000, keys: 50 })

/**
 * Takes JSON that every reader takes alike, within bounds. Bodies of other types are left to other rules.
 *
 * Errors: `JSON_MALFORMED`, `JSON_AMBIGUOUS`, `JSON_TOO_COMPLEX`, with the place as a JSON Pointer.
 */
export function jsonRule(bounds: JsonBounds): BodyRule {
  return Object.freeze({
    name: 'json',
    judge: (_, body) => {
      const isJson = body.bytes.length > 0 && isJsonType(readContentType(body.type))
      return rulingOn(body, isJson ? jsonProblem(body.bytes, bounds) : null)
    },
  } satisfies BodyRule)
}

/** Why a JSON text is not taken, or null. */
export function jsonProblem(bytes: Uint8Array, bounds: JsonBounds): Problem | null {
  const found = faultOfJson(bytes, bounds)
  return found === null ? null : problemOf(found, bounds)
}

function problemOf({ fault, pointer }: FoundFault, bounds: JsonBounds): Problem {
  const [code, message] = TOLD[fault]
  const told = typeof message === 'string' ? message : message(bounds)
  return refuseShape(code, {
    errors: [{ path: pointer, message: told }],
    reason: `${fault} at ${pointer || 'the root'}`,
  })
}

type Told = readonly [code: keyof typeof shapeProblems, message: string | ((bounds: JsonBounds) => string)]

const TOLD: Readonly<Record<JsonFault, Told>> = {
  'not UTF-8': ['JSON_MALFORMED', 'is not UTF-8'],
  'byte order mark': ['JSON_MALFORMED', 'begins with a byte order mark'],
  'not JSON': ['JSON_MALFORMED', 'is not JSON from here on'],
  trailing: ['JSON_MALFORMED', 'is followed by something else'],
  'half a character': ['JSON_AMBIGUOUS', 'has half of a surrogate pair'],
  number: ['JSON_AMBIGUOUS', 'is a number beyond what a double holds, or too long'],
  duplicate: ['JSON_AMBIGUOUS', 'comes twice'],
  prototype: ['JSON_AMBIGUOUS', 'is a name that reaches into prototypes'],
  depth: ['JSON_TOO_COMPLEX', ({ depth }) => `is nested deeper than ${depth}`],
  items: ['JSON_TOO_COMPLEX', ({ items }) => `is beyond ${items} elements of one list`],
  keys: ['JSON_TOO_COMPLEX', ({ keys }) => `has more than ${keys} members`],
}
