import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { loadConfig } from './config/index.ts'
import { settingsFrom } from './guard/index.ts'
import {
  createDocumentCheck,
  createGraphqlCheck,
  createSafeFetch,
  isOfType,
  readJson,
  safeClient,
  safeFetch,
  unpack,
} from './guard.ts'

it.each<readonly [what: string, options: unknown, sentence: RegExp]>([
  ['an option that there is not', { allowPrivate: ['10.0.0.0/8'] }, /no option "allowPrivate"; there are allow, ports/],
  ['everything as private networks', { allowPrivateNetworks: ['0.0.0.0/0'] }, /every IPv4 address/],
  ['both halves of everything', { allowPrivateNetworks: ['::/1', '8000::/1'] }, /every IPv6 address/],
  ['a network with host bits', { allowPrivateNetworks: ['10.0.0.1/8'] }, /host bits/],
  ['a network that is none', { allowPrivateNetworks: [10] }, /no text/],
  ['one network as a text', { allowPrivateNetworks: '10.0.0.0/8' }, /list of networks/],
  ['an address in place of a host', { allow: ['https://a.example/'] }, /https:\/\/a\.example/],
  ['an empty list, which could mean all or nothing', { allow: [] }, /null, or a list/],
  ['no ports', { ports: [] }, /list of ports/],
  ['a port that is none', { ports: [0] }, /from 1 to 65535/],
  ['something like true', { allowInsecureHttp: 'false' }, /true or false/],
  ['a time as a text', { timeout: '10s' }, /timeout must be a whole number/],
  ['an endless answer', { maxBytes: Number.POSITIVE_INFINITY }, /maxBytes must be/],
])('a way out is not made of %s', (_, options, sentence) => {
  expect(() => createSafeFetch(options as never)).toThrow(sentence)
  expect(() => createSafeFetch(options as never)).toThrow(TypeError)
})

it('what is left out has the defaults of the configuration', async () => {
  const loaded = await loadConfig({ cwd: '/', env: {}, overrides: {} })
  expect(loaded.ok && loaded.value.guard.outbound).toEqual(settingsFrom({ timeout: undefined } as never))
})

it('whoever runs it hears of what was refused, and names settings as options', async () => {
  const heard: unknown[] = []
  const outbound = createSafeFetch({
    onRefused: (refusal) => heard.push(refusal),
    resolve: async () => ['10.0.0.1'],
  })
  expect(await outbound.safeFetch('https://a.example/')).toMatchObject({ problem: { code: 'OUTBOUND_REFUSED' } })
  expect(heard).toEqual([{ host: 'a.example', why: 'private_address', address: '10.0.0.1', purpose: null }])
  expect(outbound.fault('http://a.example/')).toBe('must begin with https:// (allowInsecureHttp takes http:// too)')
  await outbound.stop()
})

it('an application fetches and asks by the defaults, which lead nowhere inside', async () => {
  expect(await safeFetch('https://169.254.169.254/')).toMatchObject({ problem: { code: 'OUTBOUND_REFUSED' } })
  expect(() => safeClient(null, { url: 'https://10.0.0.1/' })).toThrow('url must not be a private address')
  const client = safeClient(null, { url: 'https://carrier.example/v2/', resolve: async () => ['10.0.0.1'] })
  expect(await client.ask('parcels')).toMatchObject({
    problem: { code: 'OUTBOUND_REFUSED' },
    status: null,
    attempts: 1,
  })
  expect(client.figures()).toMatchObject({ calls: 1, failed: 1 })
  await client.stop()
})

it('an application reads JSON as the gateway does', () => {
  const read = (text: string) => readJson(Buffer.from(text), { keys: 2 })
  expect(read('{"a":[1]}')).toEqual({ ok: true, value: { a: [1] } })
  expect(read('{"a":1,"a":2}')).toMatchObject({ problem: { code: 'JSON_AMBIGUOUS', errors: [{ path: '/a' }] } })
  expect(read('{"a":1,"b":2,"c":3}')).toMatchObject({ problem: { code: 'JSON_TOO_COMPLEX' } })
})

it('an application unpacks bodies within bounds, and tells files by their bytes', () => {
  const bounds = { maxBytes: 65_536, maxRatio: 100 }
  expect(unpack(gzipSync('{}'), 'gzip', bounds)).toEqual({ ok: true, value: Buffer.from('{}') })
  expect(unpack(gzipSync(Buffer.alloc(1_000_000)), 'gzip', bounds)).toMatchObject({
    problem: { code: 'BODY_EXPANDS_TOO_FAR' },
  })
  expect(isOfType(Buffer.from('GIF89a…'), 'image/gif')).toBe(true)
  expect(isOfType(Buffer.from('<script>'), 'image/gif')).toBe(false)
})

it('an application holds requests to its document', () => {
  const schema = { type: 'object', properties: { price: { type: 'number' } } }
  const post = { requestBody: { content: { 'application/json': { schema } } }, responses: {} }
  const check = createDocumentCheck(JSON.stringify({ openapi: '3.1.0', paths: { '/orders': { post } } }))
  const asked = (text: string, type = 'application/json') =>
    check({ method: 'POST', path: '/orders', headers: { 'content-type': type }, body: Buffer.from(text) })
  expect(asked('{"price":1}')).toBe(null)
  expect(asked('{"price":"1"}')).toMatchObject({ code: 'BODY_INVALID', errors: [{ path: '/price' }] })
  expect(asked('{"price":1,"price":2}')).toMatchObject({ code: 'JSON_AMBIGUOUS' })
  expect(asked('price=1', 'text/plain')).toMatchObject({ code: 'BODY_TYPE_REFUSED' })
  expect(check({ method: 'DELETE', path: '/orders', headers: {} })).toMatchObject({ code: 'OPERATION_UNKNOWN' })
  expect(() => createDocumentCheck('{"swagger":"2.0"}')).toThrow('/openapi must be 3.0.x or 3.1.x')
})

it('an application bounds GraphQL', () => {
  const check = createGraphqlCheck({ depth: 2 })
  const asked = (query: string) =>
    check({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ query })),
    })
  expect(asked('{ a { b } }')).toBe(null)
  expect(asked('{ a { b { c } } }')).toMatchObject({ code: 'GRAPHQL_TOO_COMPLEX', errors: [{ path: 'depth' }] })
  expect(check({ method: 'GET', path: '/graphql', query: 'query=%7Ba%7D', headers: {} })).toBe(null)
})
