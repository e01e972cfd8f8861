import { done, type JsonBounds, type Problem, type Result, refused } from '../core/index.ts'
import type { RuledBody } from './body-rule.ts'
import { createGraphql, GRAPHQL_TYPES, type GraphqlSettings } from './graphql/graphql.ts'
import { createOpenApi, type OpenApiSettings, openapiTypes } from './openapi/openapi.ts'
import { isJsonType, readContentType, typeMatcher, typeProblem } from './shape/content-type.ts'
import { JSON_BOUNDS, jsonProblem } from './shape/json-rule.ts'

/** A request as an application has it, its body read to the end and not compressed. */
export type AskedRequest = {
  readonly method: string
  /** Without query, decoded once. */
  readonly path: string
  /** As it was received, without `?`. */
  readonly query?: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body?: Uint8Array
}

/** Says why a request is refused, or null. */
export type RequestCheck = (request: AskedRequest) => Problem | null

export type DocumentOptions = Partial<Pick<OpenApiSettings, 'unknown' | 'base' | 'beside'>> & {
  /** Bounds of JSON bodies. Depth 10, 1000 items, 50 keys unless told. */
  readonly json?: Partial<JsonBounds>
}

export type GraphqlOptions = Partial<GraphqlSettings>

/**
 * Reads JSON that every reader takes alike (RFC 7493), within bounds.
 *
 * Errors: `JSON_MALFORMED`, `JSON_AMBIGUOUS`, `JSON_TOO_COMPLEX`, with the place as a JSON Pointer.
 *
 * @example
 * const read = readJson(body)
 * if (read.ok) use(read.value)
 */
export function readJson(bytes: Uint8Array, bounds: Partial<JsonBounds> = {}): Result<unknown> {
  const problem = jsonProblem(bytes, { ...JSON_BOUNDS, ...bounds })
  return problem === null ? done(JSON.parse(Buffer.from(bytes).toString()) as unknown) : refused(problem)
}

/**
 * Makes a check of an OpenAPI document (3.0 or 3.1): what it does not describe is refused.
 *
 * Errors: `OPERATION_UNKNOWN`, `PARAMETER_INVALID`, `BODY_INVALID`, `BODY_UNDOCUMENTED`, and those of JSON.
 *
 * @param document its text, in JSON or YAML
 * @throws TypeError that names every place of a document that cannot be used
 */
export function createDocumentCheck(document: string, { json = {}, ...options }: DocumentOptions = {}): RequestCheck {
  const made = createOpenApi(document, { unknown: 'refuse', base: '', beside: [], ...options, response: 'off' })
  if (!made.ok)
    throw new TypeError(made.faults.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join('\n'))
  return checkOf(made.value, openapiTypes(made.value), { ...JSON_BOUNDS, ...json })
}

/**
 * Makes a check of GraphQL requests: what asks for too much at once is refused.
 *
 * Errors: `GRAPHQL_MALFORMED`, `GRAPHQL_TOO_COMPLEX`, `GRAPHQL_INTROSPECTION_REFUSED`, `GRAPHQL_NOT_PERSISTED`, and those of JSON.
 *
 * @throws Error for a schema or a list of documents that cannot be read
 */
export function createGraphqlCheck(options: GraphqlOptions = {}): RequestCheck {
  return checkOf(createGraphql({ ...GRAPHQL, ...options }), GRAPHQL_TYPES, JSON_BOUNDS)
}

const GRAPHQL: GraphqlSettings = Object.freeze({
  depth: 10,
  cost: 1000,
  aliases: 15,
  directives: 15,
  tokens: 2000,
  batch: 1,
  introspection: false,
  listSize: 10,
  schema: null,
  persisted: null,
})

type Head = { readonly method: string; readonly path: string; readonly query: string; readonly header: Header }
type Header = (name: string) => string | undefined
type Rules = {
  readonly head: (request: Head) => Problem | null
  readonly inside: (request: Head, body: RuledBody) => Problem | null
}

function checkOf(rules: Rules, types: readonly string[], bounds: JsonBounds): RequestCheck {
  const isTaken = typeMatcher(types)
  return ({ method, path, query = '', headers, body = NOTHING }) => {
    const header: Header = (name) => {
      const value = headers[name]
      if (name === 'content-length') return String(body.length)
      if (name === 'transfer-encoding') return undefined
      return typeof value === 'object' ? value.join(', ') : value
    }
    const head: Head = { method, path, query, header }
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    return (
      rules.head(head) ??
      bytesProblem(header('content-type'), bytes, isTaken, bounds) ??
      rules.inside(head, bodyOf(header, bytes))
    )
  }
}

const NOTHING = new Uint8Array()

function bytesProblem(
  type: string | undefined,
  bytes: Buffer,
  isTaken: Parameters<typeof typeProblem>[1],
  bounds: JsonBounds,
): Problem | null {
  if (bytes.length === 0) return null
  return typeProblem(type, isTaken) ?? (isJsonType(readContentType(type)) ? jsonProblem(bytes, bounds) : null)
}

function bodyOf(header: Header, bytes: Buffer): RuledBody {
  return {
    type: header('content-type'),
    encoding: undefined,
    bytes,
    json: () => JSON.parse(bytes.toString()) as unknown,
  }
}
