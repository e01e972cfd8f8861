import { type Exchange, type Finding, type Problem, printable, type Request, type Step } from '../../core/index.ts'
import { type BodyRule, type RuledBody, rulingOn } from '../body-rule.ts'
import { bringsBody, isJsonType, readContentType } from '../shape/content-type.ts'
import { parametersOf } from '../shape/query.ts'
import { kindsOf, objectOf } from './coerce.ts'
import { type DocumentFault, type OpenApiDocument, type ReadDocument, readDocument } from './document.ts'
import type { SchemaFault } from './judge.ts'
import { contentFor, FORM, type Operation, type Operations, operationsOf } from './operations.ts'
import { faultOfParameter } from './parameters.ts'
import { type openapiProblems, refuseByDocument } from './problems.ts'
import { schemasOf } from './schemas.ts'
import type { Json } from './tree.ts'

export type OpenApiSettings = {
  /** What becomes of parameters, properties and operations that the document does not have. */
  readonly unknown: 'refuse' | 'allow'
  readonly response: 'off' | 'report' | 'enforce'
  /** What stands before the paths of the document, such as `/api`. */
  readonly base: string
  /** Parameters of the query that are taken besides. */
  readonly beside: readonly string[]
  /** Which operations are asked for, by method and path without `base`. All unless told. */
  readonly isWanted?: (method: string, path: string) => boolean
}

/** What an answer is that was read whole. */
export type DocumentedAnswer = {
  readonly status: number
  readonly type: string | undefined
  readonly bytes: Buffer
}

/** What of a request is held to a document. */
export type RequestHead = Pick<Request, 'method' | 'path' | 'query' | 'header'>

export type OpenApiRules = {
  /** Parameters, before a body is read. */
  readonly step: Step
  readonly rule: BodyRule
  /** What is wrong with the head of a request, or null: what the step says. */
  readonly head: (request: RequestHead) => Problem | null
  /** What is wrong with its body, or null: what the rule says. */
  readonly inside: (request: RequestHead, body: RuledBody) => Problem | null
  /** What is wrong with an answer, or null. */
  readonly answerFault: (request: Pick<Request, 'method' | 'path'>, answer: DocumentedAnswer) => Problem | null
  readonly operations: readonly Operation[]
}

export type MadeOpenApi =
  | { readonly ok: true; readonly value: OpenApiRules }
  | { readonly ok: false; readonly faults: readonly DocumentFault[] }

/**
 * Makes rules of an OpenAPI document (3.0 or 3.1): what it does not describe is refused. Everything is compiled here, and
 * what cannot be is told with its place in the document.
 *
 * @param source the document, in JSON or YAML; or as it was read, where several routes share it
 * @example createOpenApi(readFileSync('orders.yaml', 'utf8'), settings) // { ok: true, value: { step, rule, … } }
 */
export function createOpenApi(source: string | ReadDocument, settings: OpenApiSettings): MadeOpenApi {
  const read = typeof source === 'string' ? readDocument(source) : source
  if (!read.ok) return read
  const faults: DocumentFault[] = []
  const operations = compile(read.value, settings, faults)
  if (operations !== null && operations.all.length === 0 && faults.length === 0)
    faults.push({ pointer: '/paths', message: 'has no operation that this route could let through' })
  if (operations === null || faults.length > 0) return { ok: false, faults }
  return { ok: true, value: rulesOf(read.value.root, operations, settings) }
}

function compile(document: OpenApiDocument, settings: OpenApiSettings, faults: DocumentFault[]): Operations | null {
  const { unknown, response, isWanted = () => true } = settings
  try {
    const request = schemasOf(document, 'request', unknown === 'refuse')
    const answers = response === 'off' ? null : schemasOf(document, 'response', false)
    return operationsOf(document.root, { request, response: answers }, isWanted, faults)
  } catch (error) {
    faults.push({ pointer: '', message: String((error as Error).message).slice(0, 200) })
    return null
  }
}

function rulesOf(root: Json, operations: Operations, settings: OpenApiSettings): OpenApiRules {
  const { unknown, base } = settings
  const find = ({ method, path }: Pick<Request, 'method' | 'path'>) => {
    if (!path.startsWith(base)) return null
    const rest = path.slice(base.length) || '/'
    return operations.find(method, rest) ?? (method === 'HEAD' ? operations.find('GET', rest) : null)
  }
  const head = (request: RequestHead): Problem | null => {
    const found = find(request)
    if (found === null) return unknownOperation(unknown)
    return parametersProblem(found.operation, found.path, request, settings) ?? missingBody(found.operation, request)
  }
  const inside = (request: RequestHead, body: RuledBody): Problem | null => {
    const found = find(request)
    return found === null ? null : bodyProblem(root, found.operation, body, unknown)
  }
  const step: Step = {
    name: 'openapi',
    stage: 'input',
    apply: ({ request }: Exchange): Finding => {
      const problem = head(request)
      return problem === null ? undefined : { is: 'deny', problem }
    },
  }
  const rule: BodyRule = { name: 'openapi', judge: ({ request }, body) => rulingOn(body, inside(request, body)) }
  return Object.freeze({
    step: Object.freeze(step),
    rule: Object.freeze(rule),
    head,
    inside,
    answerFault: (request, answer) => {
      const found = find(request)
      return found === null ? null : answerProblem(found.operation, answer)
    },
    operations: operations.all,
  } satisfies OpenApiRules)
}

/** Every content type that its operations take. */
export function openapiTypes({ operations }: OpenApiRules): readonly string[] {
  return [...new Set(operations.flatMap(({ body }) => body?.content.map(({ type }) => type) ?? []))]
}

function unknownOperation(unknown: OpenApiSettings['unknown']): Problem | null {
  return unknown === 'allow' ? null : refuseByDocument('OPERATION_UNKNOWN')
}

function parametersProblem(
  { parameters }: Operation,
  path: Readonly<Record<string, string>>,
  request: RequestHead,
  { unknown, beside }: OpenApiSettings,
): Problem | null {
  const query = parametersOf(request.query)
  if (query === null)
    return refusal('PARAMETER_INVALID', { pointer: 'query', keyword: 'encoding', message: 'cannot be decoded' })
  for (const parameter of parameters) {
    const fault = faultOfParameter(parameter, { request, query, path })
    if (fault !== null) return refusal('PARAMETER_INVALID', fault)
  }
  if (unknown === 'allow') return null
  const stray = query.find(
    ({ name }) => !beside.includes(name) && !parameters.some((it) => it.where === 'query' && it.owns(name)),
  )
  if (stray === undefined) return null
  const pointer = `query/${printable(stray.name).slice(0, 64)}`
  return refusal('PARAMETER_INVALID', { pointer, keyword: 'unknown', message: 'unknown: is not described' })
}

function missingBody({ body }: Operation, request: RequestHead): Problem | null {
  if (body?.required !== true || bringsBody(request)) return null
  return refusal('BODY_INVALID', { pointer: '', keyword: 'required', message: 'required: is missing' })
}

function bodyProblem(
  root: Json,
  { body }: Operation,
  sent: RuledBody,
  unknown: OpenApiSettings['unknown'],
): Problem | null {
  if (sent.bytes.length === 0)
    return body?.required === true
      ? refusal('BODY_INVALID', { pointer: '', keyword: 'required', message: 'required: is missing' })
      : null
  const type = readContentType(sent.type)
  const content = type === null ? undefined : contentFor(body?.content ?? [], type.essence)
  if (type === null || content === undefined)
    return unknown === 'allow' && body === null
      ? null
      : refuseByDocument('BODY_UNDOCUMENTED', { reason: sent.type?.slice(0, 128) ?? 'no Content-Type' })
  if (content.validate === null) return null
  const value = isJsonType(type)
    ? { is: sent.json() }
    : type.essence === FORM
      ? formOf(root, content.schema, sent.bytes)
      : null
  if (value === null && type.essence !== FORM) return null
  const fault =
    value === null ? { pointer: '', keyword: 'form', message: 'form: cannot be read' } : content.validate(value.is)
  return fault === null ? null : refusal('BODY_INVALID', fault)
}

function formOf(root: Json, schema: Json | undefined, bytes: Buffer): { is: unknown } | null {
  const texts = parametersOf(bytes.toString())
  const made =
    texts === null
      ? null
      : objectOf(
          root,
          kindsOf(root, schema),
          texts.map(({ name, value }) => [name, value] as const),
        )
  return made === null ? null : { is: made }
}

function answerProblem({ answers }: Operation, { status, type, bytes }: DocumentedAnswer): Problem | null {
  const contents = answers.get(String(status)) ?? answers.get(`${Math.floor(status / 100)}XX`) ?? answers.get('DEFAULT')
  if (contents === undefined)
    return withheld({ pointer: '', keyword: 'status', message: `status ${status} is not described` })
  if (bytes.length === 0 || contents.length === 0) return null
  const read = readContentType(type)
  const content = read === null ? undefined : contentFor(contents, read.essence)
  if (read === null || content === undefined)
    return withheld({ pointer: '', keyword: 'type', message: 'has a type that is not described' })
  if (content.validate === null || !isJsonType(read)) return null
  const value = parsed(bytes)
  const fault = value === null ? { pointer: '', keyword: 'json', message: 'is not JSON' } : content.validate(value.is)
  return fault === null ? null : withheld(fault)
}

function parsed(bytes: Buffer): { is: unknown } | null {
  try {
    return { is: JSON.parse(bytes.toString()) as unknown }
  } catch {
    return null
  }
}

// What is wrong inside is for those who run the service, never for its callers.
function withheld({ pointer, message }: SchemaFault): Problem {
  return refuseByDocument('ANSWER_INVALID', { reason: `${pointer || 'the answer'} ${message}`.slice(0, 256) })
}

function refusal(code: keyof typeof openapiProblems, { pointer, message }: SchemaFault): Problem {
  return refuseByDocument(code, {
    errors: [{ path: pointer, message }],
    reason: `${pointer} ${message}`.trim().slice(0, 256),
  })
}
