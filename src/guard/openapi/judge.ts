import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { toPointer } from '../../core/index.ts'
import { linearPattern } from './pattern.ts'

/** Where a value breaks a rule of its schema. Never the value itself. */
export type SchemaFault = { readonly pointer: string; readonly keyword: string; readonly message: string }

/** Says what is wrong with a value, or null. */
export type Validate = (value: unknown) => SchemaFault | null

/** @param known whether words that no schema has are a mistake of whoever wrote it */
export function openAjv({ known }: { readonly known: boolean }): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    strictSchema: known,
    logger: false,
    validateSchema: known,
    ownProperties: true,
    code: { regExp: linear },
  })
  formats.default(ajv)
  for (const [name, range] of Object.entries(RANGES)) ajv.addFormat(name, { type: 'number', validate: range })
  return ajv
}

/** @throws Error for a schema that is none */
export function compiled(ajv: Ajv2020, reference: string): Validate {
  const validate = ajv.compile({ $ref: reference })
  return (value) => (validate(value) === true ? null : firstFault(validate))
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
