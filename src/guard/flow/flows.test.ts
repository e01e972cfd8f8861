import { beforeEach, describe, expect, it } from 'vitest'
import { workOn } from '../../../test/support/verification.ts'
import { anonymous, type EventInput, type Exchange, parseAddress, Secret } from '../../core/index.ts'
import type { CheckCounts } from './count.ts'
import { createFlows, type LoadedFlows, VERIFY_PREFIX } from './flows.ts'
import type { FlowSettings } from './settings.ts'

const settings: FlowSettings = {
  action: 'buy',
  object: null,
  velocity: [{ by: 'address', max: 1, per: 3_600_000 }],
  risk: { threshold: 70, weights: { velocity: 75, age: 20, history: 40, network: 20, device: 20 }, networks: [] },
  deviceHeader: null,
  verify: {
    kind: 'proof-of-work',
    bits: 2,
    within: 60_000,
    pass: 60_000,
    siteKey: null,
    secretFile: null,
    hostnames: [],
    minScore: 50,
    address: null,
  },
}

function exchangeOf(headers: Readonly<Record<string, string>> = {}): Exchange {
  const client = parseAddress('203.0.113.1')
  if (client === null) throw new Error('no address')
  const request = {
    id: 'req_1',
    method: 'POST',
    host: 'a',
    path: '/a',
    query: '',
    header: (name: string) => headers[name],
    headerCount: (name: string) => (name in headers ? 1 : 0),
    client,
    receivedAt: 0,
  }
  return { request, principal: anonymous, route: { id: 'a', public: true } }
}

// Counts each name as often as it is asked; or cannot, as while Redis is away.
function counting(): { check: CheckCounts; isAway: boolean } {
  const used = new Map<string, number>()
  const it = { check, isAway: false }
  function check(asks: Parameters<CheckCounts>[0], { dry = false }: Parameters<CheckCounts>[1]) {
    if (it.isAway) return { allowed: false, states: [], unavailable: true }
    const name = (of: (typeof asks)[number]) => `${of.rule.name} ${of.key}`
    const allowed = asks.every((of) => (used.get(name(of)) ?? 0) < of.rule.max)
    if (allowed && !dry) for (const of of asks) used.set(name(of), (used.get(name(of)) ?? 0) + 1)
    const states = asks.map((of) => ({ rule: of.rule, remaining: of.rule.max - (used.get(name(of)) ?? 0) }))
    return { allowed, states }
  }
  return it
}

describe('a flow', () => {
  let counts: ReturnType<typeof counting>
  let once: ReturnType<typeof counting>
  let flows: LoadedFlows
  let events: EventInput[]
  let keysAsked: number
  let keyFails: boolean

  beforeEach(() => {
    counts = counting()
    once = counting()
    events = []
    keysAsked = 0
    keyFails = false
    flows = open()
  })

  const open = () =>
    createFlows({
      now: () => 1000,
      key: async () => {
        keysAsked++
        if (keyFails) throw new Error('no store')
        return new Secret(Buffer.alloc(32, 7))
      },
      check: counts.check,
      checkOnce: once.check,
      addressKey: ({ text }) => text,
      countryOf: () => null,
      createdAt: () => null,
      safeFetch: () => Promise.reject(new Error('asked somebody')),
      secretOf: () => Promise.reject(new Error('asked for a secret')),
      record: (event) => events.push(event),
    }).load()

  const step = (of = settings) => flows.of({ id: 'a', path: '/a' }, of, false).step
  const answer = (path: string, body?: string) =>
    flows.answer({
      method: body === undefined ? 'GET' : 'POST',
      path,
      header: (name) => (name === 'content-type' ? 'application/json' : undefined),
      body: async () => Buffer.from(body ?? ''),
    })
  const urlOf = (finding: unknown) =>
    (finding as { problem: { headers: Record<string, string> } }).problem.headers['x-verify-url'] ?? ''

  async function solve(url: string) {
    const told = JSON.parse(String(((await answer(url)) as { body: string }).body))
    return answer(url, JSON.stringify({ nonce: workOn(told) }))
  }

  it('needs no key as long as nobody has to be verified', async () => {
    expect(await step().apply(exchangeOf(), false)).toBeUndefined()
    expect(keysAsked).toBe(0)
  })

  it('lets nobody through while its key cannot be read, and asks for it again', async () => {
    const own = step()
    await own.apply(exchangeOf(), false)
    keyFails = true
    await expect(own.apply(exchangeOf(), false)).rejects.toThrow('no store')
    keyFails = false
    expect(await own.apply(exchangeOf(), false)).toMatchObject({ problem: { code: 'VERIFICATION_REQUIRED' } })
  })

  it('lets nobody through while nobody can count', async () => {
    counts.isAway = true
    expect(await step().apply(exchangeOf(), false)).toMatchObject({ problem: { code: 'FLOW_UNCOUNTED', status: 503 } })
  })

  it('gives and takes no pass while processes cannot ask each other', async () => {
    const own = step()
    await own.apply(exchangeOf(), false)
    const url = urlOf(await own.apply(exchangeOf(), false))
    expect(url.startsWith(VERIFY_PREFIX)).toBe(true)
    once.isAway = true
    expect(await solve(url)).toMatchObject({ code: 'VERIFICATION_UNAVAILABLE', status: 503 })
    once.isAway = false
    const solved = (await solve(url)) as { body: string }
    const shown = exchangeOf({ 'x-sallyport-pass': JSON.parse(solved.body).pass })
    once.isAway = true
    expect(await own.apply(shown, false)).toMatchObject({ problem: { code: 'FLOW_UNCOUNTED' } })
    once.isAway = false
    expect(await own.apply(shown, false)).toBeUndefined()
    expect(await own.apply(shown, false)).toMatchObject({ problem: { code: 'VERIFICATION_REQUIRED' } })
  })

  it('charges nothing, tells nobody and gives no challenge when it is only asked what would be', async () => {
    const own = step()
    for (let i = 0; i < 3; i++) expect(await own.apply(exchangeOf(), true)).toBeUndefined()
    expect(await own.tell?.(exchangeOf())).toMatch(/^risk 0\.\d\d of 0\.70: velocity 0\.00, /)
    await own.apply(exchangeOf(), false)
    const asked = await own.apply(exchangeOf(), true)
    expect(asked).toMatchObject({
      problem: { code: 'VERIFICATION_REQUIRED', reason: expect.stringContaining('no pass') },
    })
    expect(asked).not.toHaveProperty('problem.headers')
    expect(events.map(({ type, outcome }) => [type, outcome])).toEqual([['flow.assessed', 'success']])
  })

  it('is over for a challenge when its route is', async () => {
    const own = step()
    await own.apply(exchangeOf(), false)
    const url = urlOf(await own.apply(exchangeOf(), false))
    flows = open()
    expect(await answer(url)).toMatchObject({ code: 'VERIFICATION_UNKNOWN' })
  })

  it('refuses to load an object that its path does not name, and a network that is none', () => {
    const object = { from: 'path', name: 'id' } as const
    expect(() => step({ ...settings, object })).toThrow('its path has no parameter {id}')
    expect(() => step({ ...settings, risk: { ...settings.risk, networks: ['here'] } })).toThrow('network here')
  })

  it('takes an object from a query or a header that names one, once', async () => {
    const velocity = [{ by: 'object', max: 5, per: 1000 }] as const
    const byHeader = step({ ...settings, velocity, object: { from: 'header', name: 'X-Item' } })
    expect(await byHeader.apply(exchangeOf({ 'x-item': 'a' }), false)).toBeUndefined()
    expect(await byHeader.apply(exchangeOf(), false)).toMatchObject({ problem: { code: 'FLOW_OBJECT_UNNAMED' } })
    const byQuery = step({ ...settings, velocity, object: { from: 'query', name: 'item' } })
    const asking = (query: string) => {
      const exchange = exchangeOf()
      return byQuery.apply({ ...exchange, request: { ...exchange.request, query } }, false)
    }
    expect(await asking('item=a&b=c')).toBeUndefined()
    for (const query of ['', 'item=', 'item=a&item=b', 'item=%zz', `item=${'a'.repeat(1025)}`])
      expect(await asking(query)).toMatchObject({ problem: { code: 'FLOW_OBJECT_UNNAMED' } })
  })
})
