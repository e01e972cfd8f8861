import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace, type RunningSallyport, startUpstream, type Upstream } from '../support/sallyport.ts'

const GOOD = {
  ip: '192.0.2.7',
  domain: 'shop.example.com',
  method: 'GET',
  resource: '/orders/1',
  scopes: ['orders:read'],
  permissions: ['orders:read'],
}

describe.each(backends)('a key with every rule on $name', ({ open }) => {
  let world: World
  let control: Control
  let later = 0

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock: { ...systemClock, now: () => Date.now() + later } })
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  it('gives each code of row K11 in turn', async () => {
    const admin = await control.keyWith(['*'], { scopes: ['*'] })
    const call = (method: string, path: string, body?: unknown) => control.call(admin.key, method, path, body)
    const service = (await call('POST', '/v1/services', { name: 'every rule' })).body
    const made = await call('POST', '/v1/keys', {
      name: 'every rule',
      owner: { kind: 'service', id: service.id },
      scopes: GOOD.scopes,
      permissions: GOOD.permissions,
      resources: ['GET /orders/**'],
      allowedIps: ['192.0.2.0/24', '2001:db8::/32'],
      allowedDomains: ['*.example.com'],
      usageLimit: { max: 4, per: 'day', exact: true },
      rateLimits: [
        { max: 5, per: 'minute' },
        { max: 50, per: 'hour' },
        { max: 500, per: 'day' },
      ],
    })
    expect(made.status).toBe(201)
    const { id, key } = made.body
    const codeOf = async (changes: object) => {
      const { body } = await call('POST', '/v1/keys/verify', { key, ...GOOD, ...changes })
      expect(body.valid).toBe(body.code === 'VALID')
      return body.code
    }
    const guessed = guesses(key)

    expect(await codeOf({})).toBe('VALID')
    expect(await codeOf({ key: guessed.malformed })).toBe('KEY_MALFORMED')
    expect(await codeOf({ key: guessed.unknown })).toBe('KEY_NOT_FOUND')
    expect(await codeOf({ key: guessed.wrong })).toBe('KEY_INVALID')
    expect(await codeOf({ ip: '198.51.100.1' })).toBe('IP_NOT_ALLOWED')
    expect(await codeOf({ ip: undefined })).toBe('IP_NOT_ALLOWED')
    expect(await codeOf({ domain: 'example.org' })).toBe('DOMAIN_NOT_ALLOWED')
    expect(await codeOf({ scopes: ['orders:write'] })).toBe('SCOPE_MISSING')
    expect(await codeOf({ permissions: ['orders:delete'] })).toBe('PERMISSION_MISSING')
    expect(await codeOf({ method: 'POST' })).toBe('RESOURCE_NOT_ALLOWED')
    for (let i = 0; i < 3; i++) expect(await codeOf({})).toBe('VALID')
    expect(await codeOf({})).toBe('USAGE_EXHAUSTED')
    await call('POST', `/v1/keys/${id}/usage/reset`)
    expect(await codeOf({})).toBe('VALID')
    expect(await codeOf({})).toBe('RATE_LIMITED')
    await call('PATCH', `/v1/keys/${id}`, { requireMfa: true })
    expect(await codeOf({})).toBe('MFA_REQUIRED')
    await call('POST', `/v1/keys/${id}/suspend`, {})
    expect(await codeOf({})).toBe('KEY_SUSPENDED')
    await call('POST', `/v1/keys/${id}/resume`, {})
    await call('PATCH', `/v1/services/${service.id}`, { enabled: false })
    expect(await codeOf({})).toBe('KEY_INACTIVE')
    later = 200 * 86_400_000
    const second = await control.keyWith(['*'], { scopes: ['*'] })
    const muchLater = async () =>
      (await control.call(second.key, 'POST', '/v1/keys/verify', { key, ...GOOD })).body.code
    expect(await muchLater()).toBe('KEY_EXPIRED')
    await control.call(second.key, 'DELETE', `/v1/keys/${id}`)
    expect(await muchLater()).toBe('KEY_REVOKED')
  })
})

const small = backends.filter(({ name }) => name === 'sqlite and memory')

describe.each(small)('whoever proved nothing', ({ open }) => {
  let world: World
  let upstream: Upstream
  let server: RunningSallyport
  let real: string

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    const place = await openPlace(world, routes(upstream.url))
    server = await place.serve()
    real = String((await place.json(['keys', 'create', '--name', 'real'])).key)
  })

  afterAll(async () => {
    await server?.stop()
    await upstream?.close()
    await world?.close()
  })

  it('sees one answer and waits one time, be the key malformed, unknown or wrong', async () => {
    const times: Record<string, number[]> = {}
    const answers = new Set<string>()
    for (let round = 0; round < 31; round++) {
      for (const [kind, key] of Object.entries(guesses(real))) {
        const start = performance.now()
        const answer = await fetch(`${server.gateway}/orders`, {
          headers: { 'x-api-key': key, 'x-request-id': 'req-of-a-stranger' },
        })
        const body = await answer.text()
        times[kind] = [...(times[kind] ?? []), performance.now() - start]
        const { date: _date, ...headers } = Object.fromEntries(answer.headers)
        answers.add(JSON.stringify([answer.status, headers, body]))
      }
    }
    expect([...answers]).toHaveLength(1)
    expect([...answers][0]).toContain('401')
    const medians = Object.values(times).map((all) => all.sort((a, b) => a - b)[all.length >> 1] as number)
    const [least, most] = [Math.min(...medians), Math.max(...medians)]
    expect(most - least, `medians ${medians.join(', ')} ms`).toBeLessThan(least * 0.25)
  })
})

const routes = (upstream: string) => `
gateway:
  upstreams:
    orders: { targets: ["${upstream}"] }
  routes:
    - { id: orders, match: { path: /orders/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }
`

const START = 'sp_live_'
const ID = 24
const CHECKSUM = 6

/** What a stranger could try, new each time: a text with a wrong checksum, an id that nobody has, a real id with a wrong secret. */
function guesses(real: string) {
  const secret = Array.from({ length: real.length - START.length - ID - CHECKSUM }, () => one(BASE62)).join('')
  const id = Array.from({ length: ID }, () => one('0123456789abcdefghjkmnpqrstv')).join('')
  const malformed = `${START}${id}${secret}${'0'.repeat(CHECKSUM)}`
  return { malformed, unknown: checked(START + id + secret), wrong: checked(real.slice(0, START.length + ID) + secret) }
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function one(letters: string): string {
  return letters[randomInt(letters.length)] as string
}

function checked(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let i = 0; i < CHECKSUM; i++) {
    text = BASE62[rest % 62] + text
    rest = Math.floor(rest / 62)
  }
  return body + text
}
