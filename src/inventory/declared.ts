import { readFileSync } from 'node:fs'
import type { Config, Route } from '../config/index.ts'
import {
  isObject,
  type Json,
  type JsonObject,
  type OpenApiDocument,
  objectsIn,
  readDocument,
  resolved,
} from '../guard/index.ts'
import { operationsIn } from './import/operations.ts'

/** An operation that a route lets through. */
export type DeclaredOperation = {
  readonly route: string
  /** `*` for any. */
  readonly method: string
  /** As the route or its document writes it, with all that stands before. */
  readonly path: string
  /** Names of the query that are described; null where nothing is. */
  readonly query: ReadonlySet<string> | null
  /** Names that the top level of a JSON body may have; null where any may be, or nothing is described. */
  readonly body: ReadonlySet<string> | null
  /** Where it stands in its document, for the export. */
  readonly source: {
    readonly document: string
    readonly root: JsonObject
    readonly version: '3.0' | '3.1'
    readonly item: JsonObject
    readonly operation: JsonObject
  } | null
}

export type DeclaredRoute = {
  readonly id: string
  readonly path: string
  readonly route: Route
  readonly operations: readonly DeclaredOperation[]
  /** Whether a document says which operations there are. */
  readonly described: boolean
}

/** Whether a request could match both a path of a route and one of a document. */
export type MayMatch = (route: string, path: string) => boolean

/**
 * What the routes of a configuration let through: the operations of their documents, or what they say themselves. A document that
 * cannot be read says nothing here; the gateway does not start with one.
 */
export function declaredBy(gateway: Config['gateway'], mayMatch: MayMatch): readonly DeclaredRoute[] {
  const documents = new Map<string, OpenApiDocument | null>()
  const documentOf = (name: string): OpenApiDocument | null => {
    const found = documents.get(name) ?? read(gateway.documents[name]?.file)
    documents.set(name, found)
    return found
  }
  return gateway.routes.map((route) => {
    const { openapi } = route.input
    const document = openapi === null ? null : documentOf(openapi.document)
    const operations = document === null ? own(route) : described(route, document, mayMatch)
    return { id: route.id, path: route.match.path, route, operations, described: document !== null }
  })
}

function read(file: string | undefined): OpenApiDocument | null {
  if (file === undefined) return null
  try {
    const found = readDocument(readFileSync(file, 'utf8'))
    return found.ok ? found.value : null
  } catch {
    return null
  }
}

function own({ id, match }: Route): DeclaredOperation[] {
  const methods: readonly string[] = match.methods ?? ['*']
  return methods.map((method) => ({ route: id, method, path: match.path, query: null, body: null, source: null }))
}

function described(route: Route, { root, version }: OpenApiDocument, mayMatch: MayMatch): DeclaredOperation[] {
  const { match, input, credentials } = route
  const base = input.openapi?.base ?? ''
  const beside = [...(input.openapi?.beside ?? []), ...(credentials.query ? ['api_key'] : [])]
  const methods = match.methods as readonly string[] | null
  return operationsIn(root)
    .filter(({ method, path }) =>
      methods === null || methods.includes(method) ? mayMatch(match.path, base + path) : false,
    )
    .map(({ method, path, item, operation }) => ({
      route: route.id,
      method,
      path: base + path,
      query: new Set([...queryNames(root, item, operation), ...beside]),
      body: bodyNames(root, operation),
      source: { document: input.openapi?.document ?? '', root, version, item, operation },
    }))
}

function queryNames(root: JsonObject, item: JsonObject, operation: JsonObject): string[] {
  return [item.parameters, operation.parameters]
    .flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : []))
    .flatMap((given) => {
      const parameter = resolved(root, given)
      return parameter?.in === 'query' && typeof parameter.name === 'string'
        ? namesOf(root, parameter, parameter.name)
        : []
    })
}

// An object that is spread over the query has the names of its properties there.
function namesOf(root: JsonObject, { style = 'form', explode, schema }: JsonObject, name: string): string[] {
  const properties = Object.keys((resolved(root, schema)?.properties as JsonObject | undefined) ?? {})
  if (properties.length === 0) return [name]
  if (style === 'deepObject') return properties.map((property) => `${name}[${property}]`)
  return (explode ?? true) === true ? properties : [name]
}

const MOST_DEPTH = 8

function bodyNames(root: JsonObject, operation: JsonObject): ReadonlySet<string> | null {
  const contents = objectsIn(resolved(root, operation.requestBody)?.content).filter(([type]) => /[/+]json\b/.test(type))
  const names = new Set<string>()
  for (const [, { schema }] of contents) if (!collect(root, schema, names, 0)) return null
  return contents.length === 0 ? null : names
}

// Answers false where any name may be.
function collect(root: JsonObject, given: Json | undefined, names: Set<string>, depth: number): boolean {
  const schema = resolved(root, given)
  if (schema === undefined || depth > MOST_DEPTH) return false
  for (const name of Object.keys((schema.properties as JsonObject | undefined) ?? {})) names.add(name)
  if (schema.additionalProperties === true || isObject(schema.additionalProperties)) return false
  if (schema.patternProperties !== undefined) return false
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((word) =>
    Array.isArray(schema[word]) ? (schema[word] as Json[]) : [],
  )
  const isObjectLike =
    schema.properties !== undefined || schema.type === 'object' || schema.additionalProperties === false
  return (parts.length > 0 || isObjectLike) && parts.every((part) => collect(root, part, names, depth + 1))
}
