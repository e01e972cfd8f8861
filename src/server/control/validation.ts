import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import buildSerializer from 'fast-json-stringify'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import type { FieldError } from '../../core/index.ts'
import { ProblemBody } from '../../http/index.ts'

const MOST_ERRORS = 20

type Part = 'body' | 'querystring' | 'params' | 'headers'

/**
 * Compiles route schemas, each when it is first needed: compiling all of them would be most of the time of a start.
 * Bodies are taken as they are: a number in quotes is not a number. Query, path and header values are always text, so
 * there, and only there, text is read as what the schema asks for.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const strict = { allErrors: true, strict: false, useDefaults: true, removeAdditional: false } as const
  const body = formats.default(new Ajv.default({ ...strict, coerceTypes: false }))
  const text = formats.default(new Ajv.default({ ...strict, coerceTypes: true }))
  return ({ schema, httpPart }) => {
    let compiled: ValidateFunction | undefined
    const validate = (data: unknown): boolean => {
      compiled ??= (httpPart === 'body' ? body : text).compile(schema)
      const right = compiled(data)
      validate.errors = compiled.errors ?? null
      return right
    }
    validate.errors = null as ErrorObject[] | null
    return validate
  }
}

/** Compiles response schemas, each when it is first needed. What a schema does not name does not leave. */
export function createSerializerCompiler(): FastifySerializerCompiler<object> {
  return ({ schema }) => {
    let serialize: ((data: unknown) => string) | undefined
    return (data) => {
      serialize ??= buildSerializer(schema, { schema: { Problem: ProblemBody } })
      return serialize(data)
    }
  }
}
/** The field errors of a refused input, each with the path a caller wrote it at. */
export function fieldErrors(errors: readonly ErrorObject[], part: string | undefined): FieldError[] {
  return errors
    .filter((error) => !saidBetter(error, errors))
    .slice(0, MOST_ERRORS)
    .map((error) => ({ path: pathOf(error, part as Part), message: messageOf(error) }))
}

// A format has a name, a pattern has none: of one value only the first is told.
function saidBetter({ keyword, instancePath }: ErrorObject, errors: readonly ErrorObject[]): boolean {
  if (keyword !== 'pattern') return false
  return errors.some((other) => other.keyword === 'format' && other.instancePath === instancePath)
}

function pathOf(error: ErrorObject, part: Part): string {
  const inside = error.instancePath.split('/').slice(1).map(unescaped)
  const extra = extraMember(error)
  if (extra !== null) inside.push(extra)
  const prefix = part === 'body' ? [] : [part === 'querystring' ? 'query' : part]
  const path = [...prefix, ...inside].join('.')
  return path === '' ? 'body' : path
}

function extraMember({ params }: ErrorObject): string | null {
  if ('additionalProperty' in params) return String(params.additionalProperty)
  return 'missingProperty' in params ? String(params.missingProperty) : null
}

function messageOf({ keyword, message, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return 'is not a field of this endpoint'
  if (keyword === 'required') return 'is missing'
  if (keyword === 'enum') return `must be one of ${(params.allowedValues as string[]).join(', ')}`
  if (keyword === 'pattern') return 'has a form that is not taken here'
  return message ?? 'is wrong'
}

// JSON Pointer, RFC 6901, section 4.
function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
