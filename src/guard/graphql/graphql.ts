import { createHash } from 'node:crypto'
import type { DocumentNode } from 'graphql'
import type { Exchange, Finding, Problem, Request, Step } from '../../core/index.ts'
import { type BodyRule, type RuledBody, rulingOn } from '../body-rule.ts'
import { isJsonType, readContentType } from '../shape/content-type.ts'
import { JSON_BOUNDS, jsonProblem } from '../shape/json-rule.ts'
import { parametersOf } from '../shape/query.ts'
import { type Measure, measure } from './measure.ts'
import { refuseGraphql } from './problems.ts'
import { graphql, readSchema, type Schema } from './schema.ts'

export type GraphqlSettings = {
  readonly depth: number
  readonly cost: number
  readonly aliases: number
  readonly directives: number
  /** Words and marks of one document. */
  readonly tokens: number
  /** Requests in one body. */
  readonly batch: number
  readonly introspection: boolean
  /** How many a list is taken to have that does not say how many are wanted. */
  readonly listSize: number
  /** The schema in SDL: which fields are lists is known then, and fields that it does not have are refused. */
  readonly schema: string | null
  /** The only documents that run, as a JSON object of SHA-256 (hexadecimal) to document. */
  readonly persisted: string | null
}

/** What of a request is looked at before its body. */
export type GraphqlHead = Pick<Request, 'method' | 'query'>

export type GraphqlRules = {
  readonly step: Step
  readonly rule: BodyRule
  /** What is wrong with the head of a request, or null: what the step says. */
  readonly head: (request: GraphqlHead) => Problem | null
  /** What is wrong with its body, or null: what the rule says. */
  readonly inside: (request: GraphqlHead, body: RuledBody) => Problem | null
}

/** One request as it is sent, alone or in a batch. */
type Asked = {
  readonly query: string | null
  readonly variables: Readonly<Record<string, unknown>>
  readonly hash: string | null
}

type Ground = {
  readonly settings: GraphqlSettings
  readonly schema: Schema | null
  readonly persisted: ReadonlyMap<string, string> | null
}

/** What GraphQL over HTTP comes as. */
export const GRAPHQL_TYPES: readonly string[] = Object.freeze(['application/json', 'application/graphql'])

/**
 * Bounds what GraphQL requests ask for: nothing is executed, documents are read and counted.
 *
 * Errors: `GRAPHQL_MALFORMED`, `GRAPHQL_TOO_COMPLEX`, `GRAPHQL_INTROSPECTION_REFUSED`, `GRAPHQL_NOT_PERSISTED`.
 *
 * @throws Error for a schema or a list of documents that cannot be read
 */
export function createGraphql(settings: GraphqlSettings): GraphqlRules {
  const ground: Ground = {
    settings,
    schema: settings.schema === null ? null : readSchema(settings.schema),
    persisted: settings.persisted === null ? null : readPersisted(settings.persisted),
  }
  const head = (request: GraphqlHead) => headProblem(request, ground)
  const inside = (request: GraphqlHead, body: RuledBody) => bodyProblem(request, body, ground)
  const step: Step = {
    name: 'graphql',
    stage: 'input',
    apply: ({ request }: Exchange): Finding => {
      const problem = head(request)
      return problem === null ? undefined : { is: 'deny', problem }
    },
  }
  const rule: BodyRule = { name: 'graphql', judge: ({ request }, body) => rulingOn(body, inside(request, body)) }
  return Object.freeze({ step: Object.freeze(step), rule: Object.freeze(rule), head, inside })
}

function bodyProblem({ method }: GraphqlHead, body: RuledBody, ground: Ground): Problem | null {
  if (method !== 'POST') return null
  const type = readContentType(body.type)
  if (type?.essence === 'application/graphql') return sentProblem({ query: body.bytes.toString() }, ground, false)
  if (!isJsonType(type) || body.bytes.length === 0) return malformed('needs a body')
  return sentProblem(body.json(), ground, false)
}

function readPersisted(text: string): ReadonlyMap<string, string> {
  const read: unknown = JSON.parse(text)
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw new Error('must be an object of SHA-256 to document')
  for (const [hash, document] of Object.entries(read)) {
    if (typeof document !== 'string' || sha256(document) !== hash)
      throw new Error(`${hash.slice(0, 64)} is not the SHA-256 of its document`)
  }
  return new Map(Object.entries(read))
}

// Some servers take the parts of a request from the URL of a POST too, before or after the body.
const PARTS = ['query', 'variables', 'operationName', 'extensions', 'id', 'documentId']

function headProblem({ method, query }: GraphqlHead, ground: Ground): Problem | null {
  const found = parametersOf(query)
  if (found === null) return malformed('cannot be decoded')
  const parts = found.filter(({ name }) => PARTS.includes(name))
  if (method === 'POST') return parts.length === 0 ? null : malformed('may not be in the URL of a POST')
  if (method !== 'GET' && method !== 'HEAD')
    return method === 'OPTIONS' ? null : malformed('must be sent by GET or POST')
  const sent: Record<string, unknown> = Object.create(null)
  for (const { name, value } of parts) {
    if (name in sent) return malformed(`has ${name} twice`)
    const isJson = name === 'variables' || name === 'extensions'
    if (isJson && jsonProblem(Buffer.from(value), JSON_BOUNDS) !== null)
      return malformed(`has ${name} that are not JSON`)
    sent[name] = isJson ? (JSON.parse(value) as unknown) : value
  }
  return sentProblem(sent, ground, true)
}

function sentProblem(sent: unknown, ground: Ground, isSafe: boolean): Problem | null {
  const { batch } = ground.settings
  const all = Array.isArray(sent) ? (sent as readonly unknown[]) : [sent]
  if (all.length === 0) return malformed('is an empty batch')
  if (all.length > batch) return tooMuch('batch', all.length, batch)
  let whole: Measure = { depth: 0, cost: 0, aliases: 0, directives: 0 }
  for (const one of all) {
    const judged = judgeOne(one, ground, isSafe)
    if ('code' in judged) return judged
    const { depth, cost, aliases, directives } = judged
    whole = {
      depth: Math.max(whole.depth, depth),
      cost: whole.cost + cost,
      aliases: whole.aliases + aliases,
      directives: whole.directives + directives,
    }
  }
  return overProblem(whole, ground.settings)
}

function overProblem(found: Measure, settings: GraphqlSettings): Problem | null {
  for (const what of ['depth', 'cost', 'aliases', 'directives'] as const)
    if (!(found[what] <= settings[what])) return tooMuch(what, found[what], settings[what])
  return null
}

function judgeOne(sent: unknown, { settings, schema, persisted }: Ground, isSafe: boolean): Measure | Problem {
  const asked = askedOf(sent)
  if (typeof asked === 'string') return malformed(asked)
  const { query, hash, variables } = asked
  if (query !== null && hash !== null && sha256(query) !== hash) return malformed('has a SHA-256 of another document')
  const text = query ?? (hash === null ? undefined : persisted?.get(hash))
  if (persisted !== null && (text === undefined || !persisted.has(sha256(text))))
    return refuseGraphql('GRAPHQL_NOT_PERSISTED')
  if (text === undefined) return malformed(hash === null ? 'has no query' : 'has no query, only its SHA-256')
  const document = documentOf(text, settings.tokens)
  if (typeof document === 'string') return malformed(document)
  const measured = measure(document, { schema, listSize: settings.listSize, variables })
  if (!measured.ok) return malformed(measured.message)
  if (measured.introspects && !settings.introspection) return refuseGraphql('GRAPHQL_INTROSPECTION_REFUSED')
  // What a link can do, a page of somebody else can have a browser do.
  return isSafe && measured.changes ? malformed('changes something by GET') : measured.value
}

function askedOf(sent: unknown): Asked | string {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return 'is not an object'
  const { query, variables, extensions } = sent as Record<string, unknown>
  if (query !== undefined && query !== null && typeof query !== 'string') return 'has a query that is not a text'
  if (variables !== undefined && variables !== null && !isObject(variables)) return 'has variables that are no object'
  const persisted = isObject(extensions) ? extensions.persistedQuery : undefined
  const hash = isObject(persisted) ? persisted.sha256Hash : undefined
  if (hash !== undefined && (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))) return 'has no SHA-256'
  return { query: query ?? null, variables: isObject(variables) ? variables : {}, hash: hash ?? null }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function documentOf(text: string, maxTokens: number): DocumentNode | string {
  try {
    return graphql().parse(text, { maxTokens, noLocation: true })
  } catch (error) {
    // So deep that it cannot even be read.
    if (error instanceof RangeError) return 'is nested too deeply'
    return (error as Error).message.includes('Parsing aborted') ? `has more than ${maxTokens} tokens` : 'cannot be read'
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function malformed(message: string): Problem {
  return refuseGraphql('GRAPHQL_MALFORMED', { errors: [{ path: '', message }], reason: message })
}

function tooMuch(what: string, found: number, most: number): Problem {
  const shown = found > 1e9 ? 'over 1000000000' : String(found)
  const message = `is ${shown}; at most ${most} is given`
  return refuseGraphql('GRAPHQL_TOO_COMPLEX', { errors: [{ path: what, message }], reason: `${what} ${message}` })
}
