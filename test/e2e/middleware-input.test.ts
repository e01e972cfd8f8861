import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sallyport } from '../../src/index.ts'
import { sallyport } from '../../src/node.ts'
import { backends, type World } from '../support/backends.ts'
import type { Control } from '../support/control.ts'
import { type Asked, askPatiently, type Door, embedded, openDoors, openGuarded, type Wire } from '../support/doors.ts'

const [smallest] = backends
const ID = ['x-request-id', 'request-one']
const JSON_TYPE = ['content-type', 'application/json']
const PAGE = 'https://app.example.com'

describe('what requests bring and browsers are told, inside an application', { timeout: 60_000 }, () => {
  let world: World
  let guarded: Awaited<ReturnType<typeof openGuarded>>
  let control: Control
  let inside: Sallyport
  let key: string
  let doors: readonly Door[] = []

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    guarded = await openGuarded(world)
    control = guarded.control
    inside = await embedded(control)
    const verifying = await control.keyWith(['keys:verify'])
    doors = [
      guarded.gateway,
      ...(await openDoors('embedded', { embedded: inside })),
      ...(await openDoors('remote', { url: control.url, key: verifying.key, trustedProxies: ['127.0.0.0/8'] })),
    ]
    key = (await control.keyWith([])).key
  })

  afterAll(async () => {
    await Promise.all(doors.map((door) => door.close()))
    await inside?.stop()
    await guarded?.close()
    await world?.close()
  })

  /** What all doors answer alike, as far as `of` looks at it. */
  async function ask(asked: Asked, of: (wire: Wire) => unknown = ({ status, body }) => ({ status, body })) {
    const answers = await Promise.all(doors.map(async (door) => of(await askPatiently(door, asked))))
    expect(Object.fromEntries(doors.map(({ name }, i) => [name, answers[i]]))).toEqual(
      Object.fromEntries(doors.map(({ name }) => [name, answers[0]])),
    )
    return answers[0]
  }

  async function send(path: string, body: string | Buffer, more: Partial<Asked> = {}) {
    const headers = [...(more.headers ?? JSON_TYPE), 'x-api-key', key, ...ID]
    const answer = (await ask({ method: 'PUT', ...more, path, body, headers })) as { status: number; body: string }
    return answer.status === 200 ? answer.body : { status: answer.status, ...JSON.parse(answer.body) }
  }

  it('hands on a body of the shape that is asked for, whoever reads it next', async () => {
    expect(await send('/shaped/1', '{"a":[1]}')).toBe('{"a":[1]}')
    expect(await send('/shaped/1', '{"a":[1]}', { chunked: true })).toBe('{"a":[1]}')
    expect(await send('/shaped/1', `{"a":"${'x'.repeat(1900)}"}`)).toHaveLength(1908)
  })

  it('unpacks a body, and nothing says any more that it was packed', async () => {
    const packed = [...JSON_TYPE, 'content-encoding', 'gzip']
    expect(await send('/shaped/1', gzipSync('{"a":"unpacked"}'), { headers: packed })).toBe('{"a":"unpacked"}')
    const bomb = gzipSync(Buffer.alloc(1_000_000, ' '))
    expect(await send('/shaped/1', bomb, { headers: packed })).toMatchObject({
      status: 413,
      code: 'BODY_EXPANDS_TOO_FAR',
    })
  })

  it.each([
    ['a name twice', '{"a":1,"a":2}', {}, 'JSON_AMBIGUOUS'],
    ['too deep', '[[[[1]]]]', {}, 'JSON_TOO_COMPLEX'],
    ['half a body', '{"a":', {}, 'JSON_MALFORMED'],
    ['another type', 'a=1', { headers: ['content-type', 'application/x-www-form-urlencoded'] }, 'BODY_TYPE_REFUSED'],
    ['an unknown packing', '{}', { headers: [...JSON_TYPE, 'content-encoding', 'zstd'] }, 'BODY_ENCODING_REFUSED'],
    ['more bytes', `"${'x'.repeat(3000)}"`, {}, 'REQUEST_BODY_TOO_LARGE'],
    ['more bytes without a length', `"${'x'.repeat(300_000)}"`, { chunked: true }, 'REQUEST_BODY_TOO_LARGE'],
  ])('refuses what is of another shape at every door: %s', async (_, body, more, code) => {
    expect(await send('/shaped/1', body, more)).toMatchObject({ code })
  })

  it('refuses more parameters than may be, before a body is read', async () => {
    expect(await send('/shaped/1?a=1&b=2&c=3', '{"a":')).toMatchObject({ code: 'QUERY_REFUSED' })
  })

  it.each([
    ['what is described', '/described/7?mode=long', '{"title":"a"}', '{"title":"a"}'],
    ['another parameter', '/described/7?mode=odd', '{"title":"a"}', { code: 'PARAMETER_INVALID' }],
    ['one that is not described', '/described/7?other=1', '{"title":"a"}', { code: 'PARAMETER_INVALID' }],
    ['another path', '/described/seven', '{"title":"a"}', { code: 'PARAMETER_INVALID' }],
    ['another body', '/described/7', '{"title":"much too long"}', { code: 'BODY_INVALID' }],
    ['a body with more in it', '/described/7', '{"title":"a","role":"admin"}', { code: 'BODY_INVALID' }],
    ['a name twice', '/described/7', '{"title":"a","title":"b"}', { code: 'JSON_AMBIGUOUS' }],
  ])('holds requests to a document: %s', async (_, path, body, answer) => {
    const found = await send(path, body)
    if (typeof answer === 'string') expect(found).toBe(answer)
    else expect(found).toMatchObject(answer)
  })

  it.each([
    ['what is small', '{"query":"{a{b}}"}', '{"query":"{a{b}}"}'],
    ['what is too deep', '{"query":"{a{b{c{d}}}}"}', { code: 'GRAPHQL_TOO_COMPLEX' }],
    ['questions about the schema', '{"query":"{__schema{types{name}}}"}', { code: 'GRAPHQL_INTROSPECTION_REFUSED' }],
    ['what is none', '{"query":"{"}', { code: 'GRAPHQL_MALFORMED' }],
  ])('bounds GraphQL: %s', async (_, body, answer) => {
    const found = await send('/graphql', body, { method: 'POST' })
    if (typeof answer === 'string') expect(found).toBe(answer)
    else expect(found).toMatchObject(answer)
  })

  it('bounds GraphQL in an address too', async () => {
    const path = `/graphql?query=${encodeURIComponent('mutation{a}')}`
    const found = (await ask({ path, headers: ['x-api-key', key, ...ID] })) as { body: string }
    expect(JSON.parse(found.body)).toMatchObject({ code: 'GRAPHQL_MALFORMED' })
  })

  const whole = (wire: Wire) => wire
  const preflight = (origin: string, ...more: string[]) => ({
    method: 'OPTIONS',
    path: '/browsers',
    headers: ['origin', origin, 'access-control-request-method', 'PUT', ...more, ...ID],
    browsers: true,
  })

  it('answers a page that asks whether it may ask, as the gateway does', async () => {
    expect(await ask(preflight(PAGE), whole)).toMatchObject({
      status: 204,
      body: '',
      headers: {
        'access-control-allow-origin': PAGE,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        vary: 'Origin',
        'x-frame-options': 'DENY',
        'x-request-id': 'request-one',
      },
    })
  })

  it.each([
    ['another page', preflight('https://other.test')],
    ['another header', preflight(PAGE, 'access-control-request-headers', 'x-odd')],
    ['a page of nobody', preflight('null')],
  ])('refuses %s', async (_, asked) => {
    const answer = (await ask(asked, whole)) as Wire
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'ORIGIN_REFUSED'])
    expect(answer.headers['access-control-allow-methods']).toBeUndefined()
  })

  it('tells browsers the same of what is refused', async () => {
    const asked = { path: '/browsers', headers: ['origin', PAGE, ...ID], browsers: true }
    expect(await ask(asked, whole)).toMatchObject({
      status: 401,
      headers: { 'access-control-allow-origin': PAGE, 'x-frame-options': 'DENY', 'cache-control': 'no-store' },
    })
  })

  it('tells browsers the same of what the application answers', async () => {
    const said = [
      ...['access-control-allow-origin', 'access-control-expose-headers', 'cache-control', 'content-security-policy'],
      ...['cross-origin-resource-policy', 'pragma', 'vary', 'x-content-type-options', 'x-frame-options'],
    ]
    const of = ({ status, body, headers }: Wire) => ({ status, body, said: said.map((name) => headers[name]) })
    const headers = ['origin', PAGE, 'x-api-key', key, ...ID]
    expect(await ask({ path: '/browsers', headers, browsers: true }, of)).toMatchObject({
      status: 200,
      body: 'it',
      said: [
        PAGE,
        expect.stringContaining('X-Request-ID'),
        'no-store',
        expect.stringContaining("default-src 'none'"),
        'same-origin',
        'no-cache',
        'Origin',
        'nosniff',
        'DENY',
      ],
    })
  })

  it.each([
    ['shape', { depth: 3 }, 'there is no option "depth"'],
    ['shape', { json: { dept: 3 } }, 'json.dept: there is no setting "dept" here; did you mean "depth"?'],
    ['shape', { maxBody: 100 }, 'maxBody: must have a unit'],
    ['shape', { page: { parameter: 'limit', otherwise: 'clamp' } }, 'more than `max` is refused here'],
    ['openapi', {}, 'document: is missing'],
    ['openapi', { document: './nowhere.yaml' }, 'cannot be read'],
    ['openapi', { document: './a.yaml', response: 'enforce' }, 'there is no option "response"'],
    ['graphql', { depth: 0 }, 'depth: must be a whole number from 1 to 100, not 0'],
    ['graphql', { schema: './nowhere.graphql' }, 'cannot be read'],
    ['cors', { origins: ['*'], credentials: true }, 'every page could read what is for a person'],
    ['cors', { origins: ['http://example.com'] }, 'must be https'],
    ['cors', { leaveToUpstream: true }, 'there is no option "leaveToUpstream"'],
    ['headers', { frames: 'maybe' }, 'frames: must be "deny", "same-origin" or "allow-any"'],
  ] as const)(
    'throws when the program starts for options of %s that cannot be meant: %j',
    async (name, options, told) => {
      const gate = sallyport({ embedded: inside })
      expect(() => (gate[name] as (options: unknown) => unknown)(options)).toThrow(told)
      await gate.close()
    },
  )
})
