import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { toPointer } from '../shape/pointer.ts'
import type { OpenApiDocument } from './document.ts'
import { linearPattern } from './pattern.ts'
import { FOR_PARTS, translated } from './translate.ts'

/** Where a value breaks a rule of its schema. Never the value itself. */
export type SchemaFault = { readonly pointer: string; readonly keyword: string; readonly message: string }

/** Says what is wrong with a value, or null. */
export type Validate = (value: unknown) => SchemaFault | null

/** Makes validators of schemas, by where in the document they stand (JSON Pointer). @throws Error for a schema that is none */
export type Schemas = (pointer: string) => Validate

const HERE = 'https://document.invalid/document'

/** Compiles the schemas of a document, for one direction. */
export function schemasOf(document: OpenApiDocument, direction: 'request' | 'response', closed: boolean): Schemas {
  const ajv = new Ajv2020({
    strict: false,
    logger: false,
    validateSchema: false,
    ownProperties: true,
    code: { regExp: linear },
  })
  formats.default(ajv)
  for (const [name, range] of Object.entries(RANGES)) ajv.addFormat(name, { type: 'number', validate: range })
  ajv.addSchema(translated(document, { direction, closed, forParts: false }), HERE)
  if (closed) ajv.addSchema(translated(document, { direction, closed, forParts: true }), FOR_PARTS)
  return (pointer) => {
    const validate = ajv.compile({ $ref: `${HERE}#${encodeURI(pointer)}` })
    return (value) => (validate(value) === true ? null : firstFault(validate))
  }
}

const linear = Object.assign((source: string) => linearPattern(source), { code: 'linearPattern' })

const isIn = (low: number, high: number) => (value: number) => Number.isInteger(value) && value >= low && value <= high
const RANGES = {
  int32: isIn(-2_147_483_648, 2_147_483_647),
  // Beyond 2^53 a double no longer tells neighbours apart; what is sent on is the text.
  int64: isIn(-(2 ** 63), 2 ** 63),
}

// Of alternatives that all failed the last error says that they did, which is the truth.
function firstFault({ errors }: ValidateFunction): SchemaFault {
  const found = errors?.find(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf') ?? errors?.[0]
  if (found === undefined) return { pointer: '', keyword: 'schema', message: 'does not fit' }
  return { pointer: pointerOf(found), keyword: found.keyword, message: `${found.keyword}: ${told(found)}` }
}

function pointerOf({ instancePath, params }: ErrorObject): string {
  const named = [params.missingProperty, params.additionalProperty, params.unevaluatedProperty].find(
    (it) => typeof it === 'string',
  )
  const parts = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return toPointer(typeof named === 'string' ? [...parts, named] : parts)
}

function told({ keyword, message, params }: ErrorObject): string {
  if (keyword === 'required') return 'is missing'
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') return 'is not described'
  if (keyword === 'pattern') return 'must match the pattern'
  if (keyword === 'enum' || keyword === 'const') return 'must be one of the described values'
  if (keyword === 'type') return `must be ${[params.type].flat().join(' or ')}`
  return message ?? 'does not fit'
}
