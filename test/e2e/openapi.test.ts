import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

type Schema = { readonly examples?: readonly unknown[]; readonly type?: string; readonly [keyword: string]: unknown }
type Media = {
  readonly schema: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}
type Content = Readonly<Record<string, Media>>
type Parameter = Omit<Media, 'schema'> & { name: string; in: string; description?: string; schema: Schema }
type Operation = {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
  readonly 'x-permission'?: readonly string[]
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** One thing that has an example: where it stands, and what it has to be. */
type Shown = { readonly where: string; readonly schema: Schema; readonly examples: readonly unknown[] }

const PROBLEM = 'application/problem+json'

describe('the document at /openapi.json', () => {
  let close: () => Promise<void>
  let document: Document
  let operations: readonly (readonly [string, Operation])[]

  beforeAll(async () => {
    const world = await backends[0]?.open()
    if (world === undefined) throw new Error('there is no back end')
    const control: Control = await openControl(world)
    close = async () => {
      await control.stop()
      await world.close()
    }
    document = (await control.call(null, 'GET', '/openapi.json')).body
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    )
  })

  afterAll(() => close?.())

  it('has every operation with a sentence and a tag', () => {
    const mute = operations.filter(([, { summary = '', tags = [] }]) => summary === '' || tags.length === 0)
    expect(operations.length).toBeGreaterThan(50)
    expect(mute.map(([name]) => name)).toEqual([])
  })

  it('shows an example of every body that is sent and of every body that is answered', () => {
    const bare = operations.flatMap(bodiesOf).filter(({ examples }) => examples.length === 0)
    expect(bare.map(({ where }) => where)).toEqual([])
  })

  it('says of every answer with a body what it looks like', () => {
    const silent = operations.flatMap(([name, { responses }]) =>
      Object.entries(responses)
        .filter(([status, { content }]) => status !== '204' && Object.keys(content ?? {}).length === 0)
        .map(([status]) => `${name}: ${status}`),
    )
    expect(silent).toEqual([])
  })

  it('shows or explains every parameter', () => {
    const obscure = operations.flatMap(([name, { parameters = [] }]) =>
      parameters.filter((parameter) => !isPlain(parameter)).map((parameter) => `${name}: ${parameter.name}`),
    )
    expect(obscure).toEqual([])
  })

  it('tells of If-Match exactly where a change may be refused for its version', () => {
    const told = operations.filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === 'if-match'))
    const refused = operations.filter(([, { responses }]) => responses['412'] !== undefined)
    expect(told.map(([name]) => name)).toEqual(refused.map(([name]) => name))
    expect(told.map(([name]) => name)).toContain('PATCH /v1/keys/{id}')
    expect(told.filter(([name]) => name.startsWith('GET'))).toEqual([])
  })

  it('shows only what its own schemas take', () => {
    const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }))
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      ajv.addSchema(schema, `#/components/schemas/${name}`)
    }
    const problem: Shown = {
      where: 'Problem',
      schema: document.components.schemas.Problem ?? {},
      examples: document.components.schemas.Problem?.examples ?? [],
    }
    const shown = [problem, ...operations.flatMap(bodiesOf), ...operations.flatMap(parametersOf)]
    const wrong = shown.flatMap(({ where, schema, examples }) => {
      const takes = ajv.compile(schema)
      return examples.filter((example) => !takes(example)).map(() => `${where}: ${ajv.errorsText(takes.errors)}`)
    })
    expect(problem.examples).not.toEqual([])
    expect(wrong).toEqual([])
  })

  it('shows no member that a record does not have', () => {
    const extra = operations
      .flatMap(bodiesOf)
      .flatMap(({ where, schema, examples }) => examples.flatMap((example) => unknownMembers(where, schema, example)))
    expect(extra).toEqual([])
  })

  it('lists the problems that an operation answers, in the form in which they come', () => {
    const wrong = operations.flatMap(([name, operation]) => {
      const { responses } = operation
      const missing = refusalsOf(operation).filter((status) => responses[status] === undefined)
      const shapeless = Object.entries(responses).filter(
        ([status, { content = {} }]) => Number(status) >= 400 && !isProblem(content) && name !== 'GET /readyz',
      )
      return [...missing.map((status) => `${name}: no ${status}`), ...shapeless.map(([s]) => `${name}: ${s} is none`)]
    })
    expect(wrong).toEqual([])
  })
})

/** What follows from what an operation asks for. */
function refusalsOf({ parameters = [], requestBody, ...operation }: Operation): readonly string[] {
  const asks = requestBody !== undefined || parameters.length > 0
  return [...(asks ? ['400'] : []), ...(operation['x-permission'] === undefined ? [] : ['401', '403'])]
}

function bodiesOf([name, { requestBody, responses }]: readonly [string, Operation]): readonly Shown[] {
  const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  return [
    ...contentOf(`${name}: what is sent`, requestBody?.content),
    ...answers.flatMap(([status, { content }]) => contentOf(`${name}: ${status}`, content)),
  ]
}

function contentOf(where: string, content: Content = {}): readonly Shown[] {
  return Object.values(content).map((media) => ({ where, schema: media.schema, examples: examplesOf(media) }))
}

function parametersOf([name, { parameters = [] }]: readonly [string, Operation]): readonly Shown[] {
  return parameters.map((it) => ({ where: `${name}: ${it.name}`, schema: it.schema, examples: examplesOf(it) }))
}

// Examples stand in the schema (JSON Schema 2020-12, section 9.5) or beside it (OpenAPI 3.1, section 4.8.14).
function examplesOf({
  schema,
  example,
  examples = {},
}: Omit<Media, 'schema'> & { schema: Schema }): readonly unknown[] {
  const beside = Object.values(examples).map(({ value }) => value)
  return [...(schema.examples ?? []), ...(example === undefined ? [] : [example]), ...beside]
}

/** A parameter whose values its schema lists or bounds, that shows one, or that a sentence explains. */
function isPlain(parameter: Parameter): boolean {
  const { schema, description } = parameter
  const bounded = schema.enum !== undefined || schema.type === 'integer'
  return examplesOf(parameter).length > 0 || description !== undefined || bounded
}

function isProblem(content: Content): boolean {
  return JSON.stringify(content[PROBLEM]?.schema) === '{"$ref":"#/components/schemas/Problem"}'
}

/** Answers are open for members that come later, so a schema alone does not find one that is misspelt. */
function unknownMembers(where: string, schema: Schema, example: unknown): readonly string[] {
  const properties = schema.properties as Readonly<Record<string, unknown>> | undefined
  if (properties === undefined || typeof example !== 'object' || example === null) return []
  return Object.keys(example)
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => `${where}: ${name}`)
}
