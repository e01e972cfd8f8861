import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sallyport } from '../../src/index.ts'
import { backends, type World } from '../support/backends.ts'
import type { Control } from '../support/control.ts'
import {
  type Asked,
  ask,
  askPatiently,
  type Door,
  embedded,
  openDoors,
  openGuarded,
  type Wire,
} from '../support/doors.ts'

const ID = ['x-request-id', 'request-one']

describe.each(backends)('guards inside an application on $name', ({ open }) => {
  let world: World
  let guarded: Awaited<ReturnType<typeof openGuarded>>
  let control: Control
  let inside: Sallyport
  let doors: readonly Door[] = []

  beforeAll(async () => {
    world = await open()
    guarded = await openGuarded(world)
    control = guarded.control
    inside = await embedded(control)
    const { key } = await control.keyWith(['keys:verify'])
    doors = [
      guarded.gateway,
      ...(await openDoors('embedded', { embedded: inside })),
      ...(await openDoors('remote', { url: control.url, key, trustedProxies: ['127.0.0.0/8'] })),
    ]
  })

  afterAll(async () => {
    await Promise.all(doors.map((door) => door.close()))
    await inside?.stop()
    await guarded?.close()
    await world?.close()
  })

  const withKey = (key: string) => ['x-api-key', key, ...ID]
  const askAll = (asked: Asked) => Promise.all(doors.map((door) => askPatiently(door, asked)))

  /** Every door's answer, by name, must be the gateway's. */
  function expectOneAnswer(answers: readonly Wire[]): Wire {
    const byName = Object.fromEntries(doors.map(({ name }, i) => [name, answers[i]]))
    const [gateway] = answers as [Wire]
    expect(byName).toEqual(Object.fromEntries(doors.map(({ name }) => [name, gateway])))
    return gateway
  }

  async function keyOf(more: object = {}, then?: (id: string) => Promise<unknown>): Promise<string> {
    const { id, key } = await control.keyWith([], { scopes: ['orders:read'], ...more })
    await then?.(id)
    return key
  }

  const change = (verb: string) => async (id: string) => {
    const { key } = await control.keyWith(['keys:manage', 'keys:read'])
    const answer =
      verb === 'revoke'
        ? await control.call(key, 'DELETE', `/v1/keys/${id}`)
        : await control.call(key, 'POST', `/v1/keys/${id}/${verb}`)
    expect(answer.status).toBeLessThan(300)
  }

  const switchOff = async (id: string) => {
    const { key } = await control.keyWith(['keys:manage', 'keys:read'])
    expect((await control.call(key, 'PATCH', `/v1/keys/${id}`, { status: 'inactive' })).status).toBe(200)
  }

  const useUp = async (key: string) => {
    const { key: asking } = await control.keyWith(['keys:verify'])
    expect((await control.call(asking, 'POST', '/v1/keys/verify', { key })).body).toMatchObject({ valid: true })
    return key
  }

  type Bad = readonly [what: string, code: string, status: number, asked: () => Promise<Asked>]

  const withNew = (more: object, then?: (id: string) => Promise<unknown>) => async (): Promise<Asked> => ({
    path: '/plain/a',
    headers: withKey(await keyOf(more, then)),
  })

  const BAD: readonly Bad[] = [
    ['no key', 'CREDENTIAL_MISSING', 401, async () => ({ path: '/plain/a', headers: ID })],
    ['a malformed key', 'KEY_INVALID', 401, async () => ({ path: '/plain/a', headers: withKey('nonsense') })],
    ['an unknown key', 'KEY_INVALID', 401, async () => ({ path: '/plain/a', headers: withKey('0'.repeat(64)) })],
    ['a wrong secret', 'KEY_INVALID', 401, async () => ({ path: '/plain/a', headers: withKey(wrong(await keyOf())) })],
    [
      'two keys',
      'CREDENTIAL_AMBIGUOUS',
      400,
      async () => ({ path: '/plain/a', headers: ['apikey', await keyOf(), ...withKey(await keyOf())] }),
    ],
    ['a revoked key', 'KEY_REVOKED', 401, withNew({}, change('revoke'))],
    ['a suspended key', 'KEY_SUSPENDED', 401, withNew({}, change('suspend'))],
    ['a key that is switched off', 'KEY_INACTIVE', 401, withNew({}, switchOff)],
    ['an expired key', 'KEY_EXPIRED', 401, () => withNew({ expiresAt: Date.now() + 500 }, () => wait(600))()],
    ['another address', 'IP_NOT_ALLOWED', 403, withNew({ allowedIps: ['192.0.2.0/24'] })],
    [
      'another domain',
      'DOMAIN_NOT_ALLOWED',
      403,
      async () => ({
        path: '/plain/a',
        headers: ['origin', 'https://other.test', ...withKey(await keyOf({ allowedDomains: ['example.com'] }))],
      }),
    ],
    ['no second factor', 'MFA_REQUIRED', 403, withNew({ requireMfa: true })],
    ['another resource', 'RESOURCE_NOT_ALLOWED', 403, withNew({ resources: ['GET /elsewhere/*'] })],
    ['no scope', 'SCOPE_MISSING', 403, async () => ({ path: '/scoped', headers: withKey(await keyOf()) })],
    ['no permission', 'PERMISSION_MISSING', 403, async () => ({ path: '/permitted', headers: withKey(await keyOf()) })],
    [
      'a used up key',
      'USAGE_EXHAUSTED',
      429,
      async () => ({
        path: '/plain/a',
        headers: withKey(await useUp(await keyOf({ usageLimit: { max: 1, per: 'total', exact: true } }))),
      }),
    ],
    [
      'too large a body',
      'REQUEST_BODY_TOO_LARGE',
      413,
      async () => ({
        method: 'POST',
        path: '/plain/a',
        body: '0123456789',
        headers: withKey(await keyOf({ maxBody: 9 })),
      }),
    ],
    [
      'too large a body without length',
      'REQUEST_BODY_TOO_LARGE',
      413,
      async () => ({
        method: 'POST',
        path: '/plain/a',
        body: 'x'.repeat(100_000),
        chunked: true,
        headers: ['transfer-encoding', 'chunked', ...withKey(await keyOf({ maxBody: 9 }))],
      }),
    ],
    [
      'a header twice',
      'REQUEST_HEADER_DUPLICATED',
      400,
      async () => ({ path: '/plain/a', headers: ['x-api-key', 'a', ...withKey('b')] }),
    ],
    [
      'an odd client',
      'REQUEST_FORWARDED_INVALID',
      400,
      async () => ({ path: '/plain/a', headers: ['x-forwarded-for', 'nobody', ...ID] }),
    ],
    ['an odd path', 'REQUEST_PATH_INVALID', 400, async () => ({ path: '/plain//a', headers: ID })],
    ['a path that decodes twice', 'REQUEST_PATH_INVALID', 400, async () => ({ path: '/plain/%2561', headers: ID })],
    [
      'too long a target',
      'REQUEST_URL_TOO_LONG',
      414,
      async () => ({ path: `/plain/${'a'.repeat(8200)}`, headers: ID }),
    ],
    [
      'too many headers',
      'REQUEST_HEADERS_TOO_LARGE',
      431,
      async () => ({
        path: '/plain/a',
        headers: Array.from({ length: 202 }, (_, i) => (i % 2 === 0 ? `x-${i}` : 'a')),
      }),
    ],
  ]

  // A `fetch` request has a header once, whatever was sent: a key and another after a comma is no key.
  function fetched(code: string, answers: readonly Wire[]): readonly Wire[] {
    if (code !== 'REQUEST_HEADER_DUPLICATED') return answers
    return answers.map((answer, i) => {
      if (!doors[i]?.name.startsWith('next')) return answer
      expect(JSON.parse(answer.body)).toMatchObject({ status: 401, code: 'KEY_INVALID' })
      return answers[0] as Wire
    })
  }

  it.each(BAD)('%s gets one answer at every door: %s', async (_what, code, status, asked) => {
    const question = await asked()
    const answers = await askAll(question)
    // A request that cannot be read has an id of its own at each door.
    const unread = ['REQUEST', ''].some((it) => it !== '' && code.startsWith(it)) && code !== 'REQUEST_BODY_TOO_LARGE'
    const gateway = expectOneAnswer(fetched(code, unread ? answers.map(withoutId) : answers))
    expect({ status: gateway.status, ...JSON.parse(gateway.body) }).toMatchObject({ status, code })
  })

  it('a key that is used too often gets one answer at every door', async () => {
    await expectTogether(async () => {
      const headers = withKey(await keyOf({ rateLimits: [{ max: 1, per: 'hour', burst: 1 }] }))
      await askAll({ path: '/plain/a', headers })
      return { path: '/plain/a', headers }
    }, 'RATE_LIMITED')
  })

  it('a route that is used too often gets one answer at every door', async () => {
    await expectTogether(async () => {
      const headers = withKey(await keyOf())
      const first = await askAll({ path: '/limited', headers })
      expect(first.map(({ status }) => status)).toEqual(doors.map(() => 200))
      return { path: '/limited', headers }
    }, 'RATE_LIMITED')
  })

  // Answers that name seconds are alike when they are given in the same one.
  async function expectTogether(prepare: () => Promise<Asked>, code: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const asked = await prepare()
      try {
        const gateway = expectOneAnswer(await askAll(asked))
        expect(JSON.parse(gateway.body)).toMatchObject({ code, status: 429 })
        expect(gateway.headers).toMatchObject({ 'retry-after': expect.any(String), ratelimit: expect.any(String) })
        return
      } catch (error) {
        if (attempt === 3) throw error
      }
    }
  }

  it('says on the way how often more a key may be used', async () => {
    const headers = withKey(await keyOf({ rateLimits: [{ max: 100, per: 'hour', burst: 100 }] }))
    for (const door of doors) {
      const answer = await ask(door, { path: '/plain/a', headers })
      expect([door.name, answer.status, answer.headers['x-ratelimit-limit'], answer.headers['x-request-id']]).toEqual([
        door.name,
        200,
        '100',
        'request-one',
      ])
    }
  })

  const applications = () => doors.filter(({ name }) => name !== 'gateway')

  it('lets who shows nothing be anonymous where that is said, and refuses a bad key all the same', async () => {
    for (const door of applications()) {
      const nobody = await ask(door, { path: '/open', headers: ID })
      expect([door.name, nobody.status, JSON.parse(nobody.body).principal]).toEqual([door.name, 200, 'anonymous'])
      expect((await ask(door, { path: '/open', headers: withKey('nonsense') })).status).toBe(401)
      const known = await ask(door, { path: '/open', headers: withKey(await keyOf()) })
      expect(JSON.parse(known.body).principal).toMatch(/^svc_/)
    }
  })

  it('refuses everybody where nobody is asked who it is', async () => {
    const key = await keyOf()
    for (const door of applications()) {
      const answer = await ask(door, { path: '/forgotten', headers: withKey(key) })
      expect([door.name, answer.status, JSON.parse(answer.body).code]).toEqual([door.name, 401, 'CREDENTIAL_MISSING'])
    }
  })

  it('shows the application neither the key nor what contradicts what was judged', async () => {
    const key = await keyOf()
    const headers = [
      ...withKey(key),
      ...['x-principal-id', 'usr_forged', 'X_Principal_Id', 'usr_forged', 'X-HTTP-Method-Override', 'DELETE'],
      ...['x-kept', 'kept'],
    ]
    for (const door of doors) {
      const seen = JSON.parse((await ask(door, { path: '/plain/a', headers })).body)
      expect(JSON.stringify(seen)).not.toContain(key)
      expect(JSON.stringify(seen)).not.toContain('forged')
      expect(seen.headers['x-http-method-override']).toBeUndefined()
      expect([door.name, seen.principal, seen.headers['x-kept']]).toEqual([
        door.name,
        expect.stringMatching(/^svc_/),
        'kept',
      ])
    }
  })

  it('takes the client from trusted proxies only', async () => {
    const key = await keyOf({ allowedIps: ['192.0.2.7'] })
    const answers = await askAll({ path: '/plain/a', headers: ['x-forwarded-for', '192.0.2.7', ...withKey(key)] })
    expect(answers.map(({ status }) => status)).toEqual(doors.map(() => 200))
  })

  it('writes an Event of every request and counts every use', async () => {
    const { id, key } = await control.keyWith([])
    const { key: reading } = await control.keyWith(['audit:read', 'keys:read', 'keys:manage'])
    await askAll({ path: '/plain/a', headers: ['x-api-key', key, 'user-agent', 'the test'] })
    await askAll({ path: '/scoped', headers: ['x-api-key', key] })
    const found = async () => {
      const { body } = await control.call(reading, 'GET', `/v1/audit/events?credential=${id}&limit=100`)
      return body.items as { type: string; code: string | null; resource: string; details: { stage?: string } | null }[]
    }
    await expect.poll(async () => (await found()).length, { timeout: 5_000 }).toBe(doors.length * 2)
    const events = await found()
    expect(events.filter(({ type }) => type === 'request.allowed')).toHaveLength(doors.length)
    const denied = events.filter(({ code }) => code === 'SCOPE_MISSING')
    expect(denied.map(({ resource, details }) => `${resource} ${details?.stage}`)).toEqual(
      doors.map(() => '/scoped access'),
    )
    expect(JSON.stringify(events)).not.toContain(key)
    const used = async () => (await control.call(reading, 'GET', `/v1/keys/${id}/usage`)).body.total
    await expect.poll(used, { timeout: 5_000 }).toBe(doors.length * 2)
  })

  it('tells of a client that broke off, and gives back its place', async () => {
    const { id, key } = await control.keyWith([], { concurrency: 1 })
    const { key: reading } = await control.keyWith(['audit:read'])
    for (const door of applications()) {
      const leaving = new AbortController()
      const gone = fetch(`${door.url}/slow`, { headers: { 'x-api-key': key }, signal: leaving.signal }).catch(
        () => null,
      )
      const crowded = () => ask(door, { path: '/plain/a', headers: withKey(key) })
      await expect.poll(async () => (await crowded()).status).toBe(429)
      leaving.abort()
      await gone
      await expect.poll(async () => (await crowded()).status).toBe(200)
    }
    const events = async () => {
      const query = `credential=${id}&code=CLIENT_CLOSED_REQUEST&limit=100`
      return (await control.call(reading, 'GET', `/v1/audit/events?${query}`)).body.items.length
    }
    await expect.poll(events, { timeout: 5_000 }).toBe(applications().length)
  })

  it('refuses a revoked key within a second, wherever it is used', async () => {
    for (const door of doors) {
      const { id, key } = await control.keyWith([])
      const use = async () => (await ask(door, { path: '/plain/a', headers: withKey(key) })).status
      expect([door.name, await use(), await use()]).toEqual([door.name, 200, 200])
      await change('revoke')(id)
      const since = performance.now()
      await expect.poll(use, { interval: 20, timeout: 3_000 }).toBe(401)
      expect(performance.now() - since).toBeLessThan(1_000)
    }
  })
})

describe.each(backends)('keys of a server on $name', ({ open }) => {
  let world: World
  let guarded: Awaited<ReturnType<typeof openGuarded>>
  let doors: readonly Door[] = []
  const troubles: unknown[] = []

  beforeAll(async () => {
    world = await open()
    guarded = await openGuarded(world)
    const { key } = await guarded.control.keyWith(['keys:verify'])
    const onError = (error: unknown) => void troubles.push(error)
    doors = await openDoors('remote', { url: guarded.control.url, key, onError })
  })

  afterAll(async () => {
    await Promise.all(doors.map((door) => door.close()))
    await guarded?.close()
    await world?.close()
  })

  const statuses = (key: string) =>
    Promise.all(doors.map(async (door) => (await ask(door, { path: '/plain/a', headers: ['x-api-key', key] })).status))

  const everywhere = (status: number) => doors.map(() => status)

  let reading = ''
  async function asksFor(route: string): Promise<number> {
    const { control } = guarded
    if (reading === '') reading = (await control.keyWith(['audit:read'])).key
    return (await control.call(reading, 'GET', `/v1/audit/events?route=${route}&limit=100`)).body.items.length
  }

  it('are asked for once and then judged where they are used', async () => {
    const { key } = await guarded.control.keyWith([])
    // What changed a moment ago is asked for again, until every process of the server has heard of it.
    const asked = async () => {
      const before = await asksFor('/v1/keys/resolve')
      await statuses(key)
      return (await asksFor('/v1/keys/resolve')) - before
    }
    await expect.poll(asked, { timeout: 10_000, interval: 500 }).toBe(0)
    const before = await asksFor('/v1/keys/resolve')
    for (let i = 0; i < 20; i++) expect(await statuses(key)).toEqual(everywhere(200))
    expect(await asksFor('/v1/keys/resolve')).toBe(before)
  })

  it('with a limit are counted at the server for all applications together', async () => {
    const max = doors.length + 2
    const { key } = await guarded.control.keyWith([], { usageLimit: { max, per: 'total', exact: true } })
    const all = [await statuses(key), await statuses(key), await statuses(key)].flat()
    expect(all.filter((status) => status === 200)).toHaveLength(max)
    expect(all.filter((status) => status === 429)).toHaveLength(doors.length * 3 - max)
  })

  it('let nobody in when the server is gone for long, and everybody again when it is back', async () => {
    const { control } = guarded
    const { key } = await control.keyWith([])
    const { key: limited } = await control.keyWith([], { usageLimit: { max: 1000, per: 'day' } })
    expect([await statuses(key), await statuses(limited)]).toEqual([everywhere(200), everywhere(200)])
    const port = new URL(control.url).port
    await guarded.close()
    expect(await statuses(limited)).toEqual(everywhere(503))
    await wait(5_200)
    const [door] = doors as [Door]
    const answer = await ask(door, { path: '/plain/a', headers: ['x-api-key', key] })
    expect([answer.status, answer.headers['retry-after'], JSON.parse(answer.body).code]).toEqual([
      503,
      '5',
      'KEYS_UNAVAILABLE',
    ])
    expect(await statuses(key)).toEqual(everywhere(503))
    expect(troubles.length).toBeGreaterThan(0)
    guarded = await openGuarded(world, { SALLYPORT_CONTROL_PORT: port })
    await expect.poll(() => statuses(key), { timeout: 5_000 }).toEqual(everywhere(200))
  }, 40_000)
})

function wrong(key: string): string {
  const at = key.length - 12
  return key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1)
}

function withoutId({ headers, body, ...rest }: Wire): Wire {
  const { 'x-request-id': _id, ...others } = headers
  return { ...rest, headers: others, body: body.replace(/"requestId":"[^"]*"/, '"requestId":"…"') }
}
