import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRecorder, type Recorder } from '../../src/gateway/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { ask } from '../support/doors.ts'

describe.each(backends)('a request that asks why, on $name', ({ open }) => {
  let world: World
  let upstream: Recorder
  let control: Control
  let asker: string

  beforeAll(async () => {
    world = await open()
    upstream = await openRecorder()
    await writeFile(
      join(world.dataDir, 'sallyport.yaml'),
      `
gateway:
  upstreams: { api: { targets: ["${upstream.origin}"] }, down: { targets: ["http://127.0.0.1:1"] } }
  routes:
    - { id: open, match: { path: /open/** }, upstream: api, public: true }
    - { id: orders, match: { path: /orders/** }, upstream: api, authenticate: [apiKey], require: { level: known } }
    - { id: scoped, match: { path: /scoped }, upstream: api, authenticate: [apiKey], require: { scopes: ["orders:write"] } }
    - { id: bodies, match: { path: /bodies }, upstream: api, authenticate: [apiKey], require: { level: known }, input: { json: {} } }
    - { id: down, match: { path: /down }, upstream: down, authenticate: [apiKey], require: { level: known } }
`,
    )
    control = await openControl(world, { role: 'all' })
    asker = (await control.keyWith(['gateway:explain'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await world?.close()
  })

  async function why(path: string, { key = asker, word = '1', ...more } = {} as Wish): Promise<string | undefined> {
    const credential = key === null ? [] : ['x-api-key', key]
    const headers = [...credential, 'x-sallyport-explain', word, ...(more.headers ?? [])]
    const answer = await ask({ url: control.serving.gateway ?? '' }, { ...more, path, headers })
    return answer.headers['x-sallyport-explain']
  }
  type Wish = { key?: string | null; word?: string; method?: string; body?: string; headers?: readonly string[] }

  it('is told what each stage said, when it may pass', async () => {
    const told = await why('/orders/7')
    expect(
      told
        ?.split(', ')
        .map((member) => member.split(';', 1)[0])
        .filter((it) => /^\w+=\w+$/.test(it ?? '')),
    ).toEqual(
      ['request', 'route', 'transport', 'who', 'limits', 'access', 'input', 'upstream', 'output', 'event'].map(
        (stage) => `${stage}=pass`,
      ),
    )
    expect(told).toContain('route=pass;detail="orders: any method /orders/**"')
    expect(told).toMatch(/who=pass;detail="service svc_\w+"/)
  })

  it.each([
    ['its access', '/scoped', {}, 'access=deny;code="SCOPE_MISSING";status=403', 'input=skip'],
    [
      'its body',
      '/bodies',
      { method: 'POST', body: '{', headers: ['content-type', 'application/json'] },
      'input=deny;code="JSON_MALFORMED";status=400',
      'upstream=skip',
    ],
    ['its upstream', '/down', {}, 'upstream=deny;code="UPSTREAM_UNAVAILABLE";status=502', 'output=skip'],
  ])('is told what refused it: %s', async (_, path, more, denied, skipped) => {
    const told = await why(path, more)
    expect(told).toContain(denied)
    expect(told).toContain(skipped)
    expect(told).toContain('who=pass')
  })

  it('nobody else is told anything, and nothing else asks', async () => {
    const { key: other } = await control.keyWith(['gateway:inspect', 'orders:read'])
    expect(await why('/orders/7', { key: other })).toBeUndefined()
    expect(await why('/scoped', { key: other })).toBeUndefined()
    expect(await why('/orders/7', { key: null })).toBeUndefined()
    expect(await why('/orders/7', { key: `${asker}x` })).toBeUndefined()
    expect(await why('/open/7', { key: null })).toBeUndefined()
    expect(await why('/nowhere')).toBeUndefined()
    for (const word of ['0', 'true', '1, 1', '']) expect(await why('/orders/7', { word })).toBeUndefined()
  })

  it('holds no secret, and is bounded', async () => {
    const { key: secret } = await control.keyWith([])
    const told = await why(`/orders/${secret}?api_key=${secret}`)
    expect(told).toContain('GET /orders/[removed] on')
    expect(told).not.toContain(secret)
    expect(told).not.toContain(asker)
    const long = await why(`/orders/${'%22'.repeat(2000)}${encodeURIComponent('ü')}`)
    expect(long?.length).toBeLessThanOrEqual(2048)
    expect(long).toContain('event=pass')
  })

  it('the upstream neither hears of it nor can say it', async () => {
    const before = upstream.seen.length
    await why('/orders/7')
    expect(JSON.stringify(upstream.seen.slice(before))).not.toContain('explain')
  })
})
