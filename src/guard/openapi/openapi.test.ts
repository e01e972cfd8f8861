import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anonymous, type Exchange, type Request } from '../../core/index.ts'
import { readDocument } from './document.ts'
import { createOpenApi, type OpenApiSettings } from './openapi.ts'
import { linearPattern } from './pattern.ts'
import { schemasOf } from './schemas.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))

const ALL: OpenApiSettings = { unknown: 'refuse', response: 'enforce', base: '', beside: [] }

const document = (paths: object, more: object = {}) =>
  JSON.stringify({ openapi: '3.1.0', info: { title: 'Orders', version: '1' }, paths, ...more })

function open(text: string, settings: Partial<OpenApiSettings> = {}) {
  const made = createOpenApi(text, { ...ALL, ...settings })
  if (!made.ok) throw new Error(JSON.stringify(made.faults))
  return made.value
}

function exchange(method: string, path: string, query = '', headers: Record<string, string> = {}): Exchange {
  const request = { method, path, query, header: (name: string) => headers[name] } as unknown as Request
  return { request, principal: anonymous, route: { id: 'orders', public: true } }
}

type Told = string | null
function asked(text: string, query: string, headers: Record<string, string> = {}, path = '/orders'): Told {
  const finding = open(text).step.apply(exchange('GET', path, query, headers), false)
  if (finding instanceof Promise || finding?.is !== 'deny') return null
  const [error] = finding.problem.errors ?? []
  return error === undefined ? finding.problem.code : `${error.path} ${error.message}`
}

function sent(text: string, body: string, type = 'application/json', settings: Partial<OpenApiSettings> = {}): Told {
  const bytes = Buffer.from(body)
  const ruling = open(text, settings).rule.judge(exchange('POST', '/orders'), {
    type,
    encoding: undefined,
    bytes,
    json: () => JSON.parse(body) as unknown,
  })
  if (ruling.is === 'body') return null
  const [error] = ruling.problem.errors ?? []
  return error === undefined ? ruling.problem.code : `${error.path} ${error.message}`
}

const get = (...parameters: readonly object[]) => document({ '/orders': { get: { parameters, responses: {} } } })
const list = (type: string) => ({ type: 'array', items: { type } })

describe('a parameter', () => {
  const limit = { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } }

  it('is read as its schema says', () => {
    expect(asked(get(limit), 'limit=7')).toBe(null)
    expect(asked(get(limit), 'limit=seven')).toBe('query/limit type: must be integer')
    expect(asked(get(limit), 'limit=7.5')).toBe('query/limit type: must be integer')
    expect(asked(get(limit), 'limit=0x10')).toBe('query/limit type: must be integer')
    expect(asked(get(limit), 'limit=101')).toBe('query/limit maximum: must be <= 100')
    expect(asked(get(limit), 'limit=1&limit=2')).toBe('query/limit style: cannot be read')
    expect(asked(get(limit), 'limit=%c3%28')).toBe('query cannot be decoded')
    expect(asked(get({ ...limit, schema: { type: 'boolean' } }), 'limit=true')).toBe(null)
    expect(asked(get({ ...limit, schema: { type: 'string', enum: ['a'] } }), 'limit=b')).toBe(
      'query/limit enum: must be one of the described values',
    )
  })

  it('that must be there is missed, and one that nobody described is refused', () => {
    expect(asked(get({ ...limit, required: true }), '')).toBe('query/limit required: is missing')
    expect(asked(get(limit), 'limit=1&admin=true')).toBe('query/admin unknown: is not described')
  })

  it.each([
    ['form', true, 'ids=1&ids=2', null],
    ['form', true, 'ids=1&ids=b', 'query/ids/1 type: must be integer'],
    ['form', false, 'ids=1,2,3', null],
    ['form', false, 'ids=1,b', 'query/ids/1 type: must be integer'],
    ['form', false, 'ids=1&ids=2', 'query/ids style: cannot be read'],
    ['spaceDelimited', false, 'ids=1%202', null],
    ['pipeDelimited', false, 'ids=1%7Cx', 'query/ids/1 type: must be integer'],
  ])('is a list of style %s, explode %s: %s', (style, explode, query, told) => {
    expect(asked(get({ name: 'ids', in: 'query', style, explode, schema: list('integer') }), query)).toBe(told)
  })

  it.each([
    ['deepObject', true, 'page[size]=5&page[after]=x', null],
    ['deepObject', true, 'page[size]=x', 'query/page/size type: must be integer'],
    ['deepObject', true, 'page[size]=5&page[admin]=1', 'query/page/admin unevaluatedProperties: is not described'],
    ['deepObject', true, 'page[size][x]=5', 'query/page style: cannot be read'],
    ['deepObject', true, 'page[size]=5&page[size]=6', 'query/page style: cannot be read'],
    ['form', true, 'size=5&after=x', null],
    ['form', true, 'size=x', 'query/page/size type: must be integer'],
    ['form', false, 'page=size,5,after,x', null],
    ['form', false, 'page=size', 'query/page style: cannot be read'],
  ])('is an object of style %s, explode %s: %s', (style, explode, query, told) => {
    const schema = { type: 'object', properties: { size: { type: 'integer' }, after: { type: 'string' } } }
    expect(asked(get({ name: 'page', in: 'query', style, explode, schema }), query)).toBe(told)
  })

  it('stands in headers, cookies and JSON too', () => {
    const header = { name: 'X-Ids', in: 'header', schema: list('integer') }
    expect(asked(get(header), '', { 'x-ids': '1,2' })).toBe(null)
    expect(asked(get(header), '', { 'x-ids': '1,b' })).toBe('header/X-Ids/1 type: must be integer')
    const cookie = { name: 'tab', in: 'cookie', required: true, schema: { type: 'integer' } }
    expect(asked(get(cookie), '', { cookie: 'a=1; tab=2' })).toBe(null)
    expect(asked(get(cookie), '', { cookie: 'a=1; tab=x' })).toBe('cookie/tab type: must be integer')
    const filter = {
      name: 'f',
      in: 'query',
      content: { 'application/json': { schema: { type: 'object', required: ['a'] } } },
    }
    expect(asked(get(filter), `f=${encodeURIComponent('{"a":1}')}`)).toBe(null)
    expect(asked(get(filter), `f=${encodeURIComponent('{}')}`)).toBe('query/f/a required: is missing')
    expect(asked(get(filter), `f=${encodeURIComponent('{"a":1,"a":2}')}`)).toBe('query/f style: cannot be read')
  })

  it('stands in the path, where what is written out comes first', () => {
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } }
    const text = document({
      '/orders/{id}': { parameters: [id], get: { responses: {} } },
      '/orders/new': { get: { responses: {} } },
    })
    expect(asked(text, '', {}, '/orders/42')).toBe(null)
    expect(asked(text, '', {}, '/orders/new')).toBe(null)
    expect(asked(text, '', {}, '/orders/other')).toBe('path/id type: must be integer')
    expect(asked(text, '', {}, '/elsewhere')).toBe('OPERATION_UNKNOWN')
  })
})

const post = (schema: object, more: object = {}, type = 'application/json') =>
  document(
    { '/orders': { post: { requestBody: { required: true, content: { [type]: { schema } } }, responses: {} } } },
    more,
  )

describe('a body', () => {
  const order = {
    type: 'object',
    required: ['items'],
    properties: {
      id: { type: 'string', readOnly: true },
      items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number', minimum: 0 } } } },
    },
  }

  it.each([
    ['{"items":[{"price":1}]}', null],
    ['{"items":[{"price":-1}]}', '/items/0/price minimum: must be >= 0'],
    ['{}', '/items required: is missing'],
    ['{"items":[],"admin":true}', '/admin unevaluatedProperties: is not described'],
    ['{"items":[{"price":1,"cost":2}]}', '/items/0/cost unevaluatedProperties: is not described'],
    ['{"items":[],"id":"ord_1"}', '/id unevaluatedProperties: is not described'],
    ['[]', ' type: must be object'],
    ['', ' required: is missing'],
  ])('%s: %s', (body, told) => {
    expect(sent(post(order), body)).toBe(told)
  })

  it('may have more where that is allowed', () => {
    expect(sent(post(order), '{"items":[],"admin":true}', 'application/json', { unknown: 'allow' })).toBe(null)
  })

  it('of a type that nobody described is refused', () => {
    expect(sent(post(order), '<items/>', 'application/xml')).toBe('BODY_UNDOCUMENTED')
  })

  it('is closed also where it is put together of parts', () => {
    const schemas = {
      Base: { type: 'object', properties: { a: { type: 'object', properties: { x: { type: 'integer' } } } } },
      Whole: { allOf: [{ $ref: '#/components/schemas/Base' }, { properties: { b: { type: 'integer' } } }] },
    }
    const text = post({ $ref: '#/components/schemas/Whole' }, { components: { schemas } })
    expect(sent(text, '{"a":{"x":1},"b":2}')).toBe(null)
    expect(sent(text, '{"a":{},"b":2,"c":3}')).toBe('/c unevaluatedProperties: is not described')
    expect(sent(text, '{"a":{"y":1}}')).toBe('/a/y unevaluatedProperties: is not described')
  })

  it('is followed through circles, as deep as it goes', () => {
    const schemas = { Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } } }
    const text = post({ $ref: '#/components/schemas/Node' }, { components: { schemas } })
    expect(sent(text, '{"next":{"next":{}}}')).toBe(null)
    expect(sent(text, '{"next":{"next":1}}')).toBe('/next/next type: must be object')
  })

  it('of a form is read by its schema', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' }, tags: list('string') } }
    const text = post(schema, {}, 'application/x-www-form-urlencoded')
    const form = 'application/x-www-form-urlencoded'
    expect(sent(text, 'n=1&tags=a&tags=b', form)).toBe(null)
    expect(sent(text, 'n=x', form)).toBe('/n type: must be integer')
    expect(sent(text, 'n=1&n=2', form)).toBe(' form: cannot be read')
    expect(sent(text, 'm=1', form)).toBe('/m unevaluatedProperties: is not described')
  })

  it('of version 3.0 knows nullable and its own bounds', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer', nullable: true, minimum: 1, exclusiveMinimum: true } },
    }
    const text = post(schema).replace('3.1.0', '3.0.3')
    expect(sent(text, '{"a":null}')).toBe(null)
    expect(sent(text, '{"a":2}')).toBe(null)
    expect(sent(text, '{"a":1}')).toBe('/a exclusiveMinimum: must be > 1')
  })

  it('is never repeated in what is said of it', () => {
    const schema = { type: 'object', properties: { card: { type: 'string', pattern: '^[0-9]+$', maxLength: 4 } } }
    expect(sent(post(schema), '{"card":"4111-secret"}')).toBe('/card maxLength: must NOT have more than 4 characters')
    expect(sent(post(schema), '{"card":"x-y"}')).toBe('/card pattern: must match the pattern')
  })
})

describe('an answer', () => {
  const answers = {
    200: { content: { 'application/json': { schema: { type: 'object', required: ['id'] } } } },
    '4XX': {},
  }
  const { answerFault } = open(document({ '/orders': { get: { responses: answers } } }))
  const fault = (status: number, body: string, type = 'application/json') =>
    answerFault({ method: 'GET', path: '/orders' }, { status, type, bytes: Buffer.from(body) })?.reason ?? null

  it('is held to its document, by status and type', () => {
    expect(fault(200, '{"id":1}')).toBe(null)
    expect(fault(200, '{}')).toBe('/id required: is missing')
    expect(fault(200, '{')).toBe('the answer is not JSON')
    expect(fault(200, '<id/>', 'application/xml')).toBe('the answer has a type that is not described')
    expect(fault(404, '{"any":1}')).toBe(null)
    expect(fault(500, '')).toBe('the answer status 500 is not described')
  })
})

describe('a document', () => {
  it.each([
    ['{', '', 'is neither JSON nor YAML'],
    ['[]', '', 'is not an object'],
    ['{"swagger":"2.0"}', '/openapi', 'must be 3.0.x or 3.1.x'],
    [
      post({ $ref: 'https://evil.example/a.json' }),
      '/paths/~1orders/post/requestBody/content/application~1json/schema/$ref',
      'refers to something outside of the document',
    ],
    [
      post({ $ref: '#/components/schemas/No' }),
      '/paths/~1orders/post/requestBody/content/application~1json/schema/$ref',
      'refers to something that is not there',
    ],
    [
      post({ type: 'string', pattern: '(?=a)b' }),
      '/paths/~1orders/post/requestBody/content/application~1json/schema/pattern',
      'is a pattern that looks ahead',
    ],
    [
      post({ type: 'string', pattern: '(a)\\1' }),
      '/paths/~1orders/post/requestBody/content/application~1json/schema/pattern',
      'is a pattern that refers back',
    ],
    [
      post({ type: 'string', pattern: '(' }),
      '/paths/~1orders/post/requestBody/content/application~1json/schema/pattern',
      'is no regular expression',
    ],
    [
      get({ name: 'a', in: 'path', style: 'matrix', schema: {} }),
      '/paths/~1orders/get/parameters/0',
      'style matrix is not read in path',
    ],
    [document({}), '/paths', 'has no operation'],
  ])('that cannot be used is told with its place: %#', (text, pointer, message) => {
    const made = createOpenApi(text, ALL)
    expect(made.ok ? [] : made.faults.map((it) => ({ ...it, message: it.message.slice(0, message.length) }))).toEqual([
      { pointer, message },
    ])
  })

  it('whose schemas refer to each other in a circle without anything between is refused', () => {
    const schemas = { A: { allOf: [{ $ref: '#/components/schemas/B' }] }, B: { $ref: '#/components/schemas/A' } }
    const made = createOpenApi(post({ $ref: '#/components/schemas/A' }, { components: { schemas } }), ALL)
    expect(made.ok ? [] : [...new Set(made.faults.map(({ message }) => message))]).toEqual([
      'refers to itself in a circle, without anything between',
    ])
  })
})

describe('a pattern of a document', () => {
  it.each([
    '^[a-z0-9]+(?:-[a-z0-9]+)*$',
    'a{2,3}b',
    '^(?:a|ab)(c|bcd)$',
    '^\\d{4}-\\d{2}$',
    'x|y$',
    '\\bfoo\\B',
    '^(a?){4}a{2}$',
    '[^a-c]+',
    '^(?<year>\\w+)*$',
    '^\\p{L}\\x41?$',
    '',
  ])('%s means what the language means by it', (source) => {
    const theirs = new RegExp(source, 'u')
    const ours = linearPattern(source)
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', 'b', 'c', 'd', '-', '1', '9', 'x', 'y', 'A', 'f', 'o', 'é', ' ', '😀'),
          maxLength: 10,
        }),
        (text) => ours.test(text) === theirs.test(text),
      ),
      { numRuns: 300 },
    )
  })

  it('takes no more than linear time, whatever it is', () => {
    expect(linearPattern('^(a+)+$').test(`${'a'.repeat(20_000)}b`)).toBe(false)
    expect(linearPattern('^(a|a)*(a|a)*c$').test('a'.repeat(20_000))).toBe(false)
  })

  it('is refused when it is too large', () => {
    expect(() => linearPattern('(a{1000}){1000}')).toThrow('is too large')
    expect(() => linearPattern('a{99999}')).toThrow('repeats something more than 1000 times')
  })
})

const suite = join(root, 'json-schema')

type Group = {
  file: string
  description: string
  schema: unknown
  tests: { data: unknown; valid: boolean; description: string }[]
}

describe.skipIf(!existsSync(suite))('the JSON Schema suite', () => {
  // What OpenAPI has otherwise: formats are rules, references stay in the document, there is one dialect.
  const OTHERWISE =
    /^(optional\/|format\.json|vocabulary|dynamicRef|unevaluated|ref\.json|anchor|refRemote|defs|definitions|infinite-loop|additionalItems)/

  function verdicts(file: string, version: string) {
    const groups = readFileSync(join(suite, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Group)
      .filter((group) => !OTHERWISE.test(group.file))
    const wrong: string[] = []
    let right = 0
    for (const { schema, tests, file: name, description } of groups) {
      const read = readDocument(
        JSON.stringify({ openapi: version, paths: {}, components: { schemas: { It: schema } } }),
      )
      if (!read.ok) continue
      const validate = compiled(() => schemasOf(read.value, 'request', false)('/components/schemas/It'))
      for (const test of validate === null ? [] : tests) {
        if ((validate?.(test.data) === null) === test.valid) right++
        else wrong.push(`${name}: ${description}: ${test.description}`)
      }
    }
    return { right, wrong }
  }

  function compiled<T>(make: () => T): T | null {
    try {
      return make()
    } catch {
      return null
    }
  }

  it('of draft 2020-12 is judged as it says', () => {
    const { right, wrong } = verdicts('draft2020-12.jsonl', '3.1.0')
    expect(wrong).toEqual([
      expect.stringContaining('properties.json: properties whose names are Javascript object property names'),
    ])
    expect(right).toBe(782)
  })

  it('of draft 4 is judged as it says, in version 3.0', () => {
    const { right, wrong } = verdicts('draft4.jsonl', '3.0.3')
    expect(wrong).toEqual([
      expect.stringContaining('properties.json: properties whose names are Javascript object property names'),
    ])
    expect(right).toBe(459)
  })
})

const documents = join(root, 'openapi')

describe.skipIf(!existsSync(documents))('documents of others', () => {
  const files = existsSync(documents) ? readdirSync(documents).filter((file) => /OAI.*\.(json|yaml)$/.test(file)) : []
  it.each(files)('%s loads with its operations', (file) => {
    const made = createOpenApi(readFileSync(join(documents, file), 'utf8'), ALL)
    if (file.includes('webhook')) expect(made).toMatchObject({ ok: false, faults: [{ pointer: '/paths' }] })
    else expect(made.ok && made.value.operations.length).toBeGreaterThan(0)
  })

  it('loads GitHub’s, of which a route takes a part', () => {
    const text = readFileSync(join(documents, 'github.trimmed.json'), 'utf8')
    const made = createOpenApi(text, {
      ...ALL,
      response: 'off',
      isWanted: (_, path) => path.startsWith('/repos/{owner}/{repo}/issues'),
    })
    expect(made.ok ? [] : made.faults).toEqual([])
    expect(made.ok && made.value.operations.length).toBeGreaterThan(0)
  })
})
