import { readFileSync } from 'node:fs'
import type { Config, Route } from '../../config/index.ts'
import type { EventInput, Step } from '../../core/index.ts'
import type { RouteRules } from '../../gateway/index.ts'
import {
  createGraphql,
  createOpenApi,
  GRAPHQL_TYPES,
  type GraphqlRules,
  type OpenApiRules,
  openapiTypes,
  type ReadDocument,
  readDocument,
  type Shape,
  shapeOf,
  undocumentedEvent,
} from '../../guard/index.ts'
import { mayMatch } from './may-match.ts'

/** What a route asks of what a request brings, and of what comes back. */
export type Input = Omit<Shape, 'rules'> & {
  readonly rules: RouteRules['body']
  readonly answer: RouteRules['answer']
}

export type InputRules = {
  /** It is put together once for each route. @throws Error for a document that cannot be used */
  readonly of: (route: Route) => Input
  /** The route with the bound of the largest body that it takes: which bodies may be so large, a rule tells. */
  readonly bounded: (route: Route) => Route
}

/** What stands in the way of a route's document, with its place. */
export type DocumentProblem = { readonly path: string; readonly message: string; readonly file: string }

type Deps = { readonly gateway: Config['gateway']; readonly record: (event: EventInput) => void }

/** Puts together what routes ask of what comes in. Documents are read and compiled here. */
export function createInputRules({ gateway, record }: Deps): InputRules {
  const known = new WeakMap<Route['input'], Input>()
  const documents = documentsOf(gateway)
  const of = (route: Route): Input => {
    const made = known.get(route.input) ?? inputOf(route, documents, record)
    known.set(route.input, made)
    return made
  }
  return Object.freeze({
    of,
    bounded: (route: Route) => {
      const made = of(route)
      const input = { ...route.input, maxBody: made.maxBody }
      known.set(input, made)
      return { ...route, input }
    },
  })
}

/** Everything that is wrong with the documents of routes: what `config check` cannot see in the file itself. */
export function documentProblems({ gateway }: Pick<Config, 'gateway'>): DocumentProblem[] {
  const documents = documentsOf(gateway)
  return gateway.routes.flatMap((route, i) => {
    const graphql = graphqlOf(route)
    if (graphql?.ok === false) {
      const { setting, file, message } = graphql
      return [{ path: `gateway.routes[${i}].input.graphql.${setting}`, message, file }]
    }
    const made = openapiOf(route, documents)
    if (made === null || made.ok) return []
    const path = `gateway.routes[${i}].input.openapi.document`
    return made.faults.map(({ pointer, message }) => ({
      path,
      message: pointer === '' ? message : `${pointer} ${message}`,
      file: made.file,
    }))
  })
}

function inputOf(route: Route, documents: Documents, record: Deps['record']): Input {
  const openapi = openapiOf(route, documents)
  if (openapi?.ok === false) {
    const told = openapi.faults.map(({ pointer, message }) => `${openapi.file}: ${pointer} ${message}`)
    throw new Error(`route ${route.id}: ${told.join('\n')}`)
  }
  const graphql = graphqlOf(route)
  if (graphql?.ok === false) throw new Error(`route ${route.id}: ${graphql.file}: ${graphql.message}`)
  const documented = [openapi, graphql].flatMap((made) => (made === null ? [] : [made.value]))
  const read = [...(openapi === null ? [] : openapiTypes(openapi.value)), ...(graphql === null ? [] : GRAPHQL_TYPES)]
  const { steps, rules, ...shape } = shapeOf(shapeSettings(route.input, read))
  return Object.freeze({
    ...shape,
    steps: [...steps, ...documented.map(({ step }): Step => step)],
    rules: [...rules, ...documented.map(({ rule }) => rule)],
    answer: openapi === null ? [] : answerRules(route, openapi.value, record),
  })
}

function shapeSettings(input: Route['input'], read: readonly string[]): Parameters<typeof shapeOf>[0] {
  const { maxBody, types, json, uploads, inflate, headers, url, query, page } = input
  return {
    maxBody,
    types,
    json,
    uploads: uploads === null ? null : { types: uploads.types, maxBytes: uploads.maxBody },
    inflate: inflate === null ? null : { maxBytes: inflate.maxBody, maxRatio: inflate.maxRatio },
    headers: headers === null ? null : { count: headers.count, bytes: headers.maxBytes },
    url,
    query,
    page,
    read,
  }
}

type Documents = (name: string) => { readonly file: string; readonly read: ReadDocument }

// A document is read once, however many routes point to it.
function documentsOf({ documents }: Config['gateway']): Documents {
  const known = new Map<string, ReadDocument>()
  return (name) => {
    const file = documents[name]?.file ?? name
    const found = known.get(file) ?? readFrom(file)
    known.set(file, found)
    return { file, read: found }
  }
}

function readFrom(file: string): ReadDocument {
  const text = read(file)
  return text === null ? { ok: false, faults: [{ pointer: '', message: 'cannot be read' }] } : readDocument(text)
}

function openapiOf({ input: { openapi }, match, credentials }: Route, documents: Documents) {
  if (openapi === null) return null
  const { document, base, unknown, beside, response } = openapi
  const { file, read: source } = documents(document)
  const made = createOpenApi(source, {
    unknown,
    response,
    base: base ?? '',
    beside: credentials.query ? [...beside, 'api_key'] : beside,
    isWanted: (method, path) =>
      (match.methods === null || (match.methods as readonly string[]).includes(method)) &&
      mayMatch(match.path, (base ?? '') + path),
  })
  return made.ok ? { ...made, file } : { ...made, file }
}

type MadeGraphql =
  | { readonly ok: true; readonly value: GraphqlRules }
  | { readonly ok: false; readonly setting: string; readonly file: string; readonly message: string }

function graphqlOf({ input: { graphql } }: Route): MadeGraphql | null {
  if (graphql === null) return null
  const texts: { schema: string | null; persisted: string | null } = { schema: null, persisted: null }
  for (const setting of ['schema', 'persisted'] as const) {
    const file = graphql[setting]
    if (file === null) continue
    const text = read(file)
    if (text === null) return { ok: false, setting, file, message: 'cannot be read' }
    const fault = faultOf(() => createGraphql({ ...graphql, schema: null, persisted: null, [setting]: text }))
    if (fault !== null) return { ok: false, setting, file, message: fault }
    texts[setting] = text
  }
  return { ok: true, value: createGraphql({ ...graphql, ...texts }) }
}

function faultOf(make: () => unknown): string | null {
  try {
    make()
    return null
  } catch (error) {
    return String((error as Error).message).slice(0, 200)
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function answerRules(
  { id, input: { openapi }, output }: Route,
  { answerFault }: OpenApiRules,
  record: Deps['record'],
): RouteRules['answer'] {
  if (openapi === null || openapi.response === 'off') return []
  const enforces = openapi.response === 'enforce'
  return [
    {
      name: 'openapi',
      maxBody: output.maxBody,
      whole: true,
      ...(enforces ? {} : { larger: 'pass' as const }),
      judge: ({ request }, answer) => {
        const problem = answerFault(request, answer)
        if (problem === null) return { is: 'same' }
        if (enforces) return { is: 'deny', problem }
        record(undocumentedEvent(id, request.id, problem))
        return { is: 'same' }
      },
    },
  ]
}
