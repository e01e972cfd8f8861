import { describe, expect, test } from 'vitest'
import {
  anonymous,
  type Exchange,
  type Finding,
  type Principal,
  parseAddress,
  type Request,
  type Step,
} from '../core/index.ts'
import { asksOf, createLimits, createLimitsStep, type RouteLimit, toFinding } from './index.ts'

function caller(key: string | null): Principal {
  return key === null ? anonymous : { ...anonymous, kind: 'service', credential: { kind: 'api_key', id: key } }
}

function exchange(key: string | null, address = '192.0.2.1'): Exchange {
  const client = parseAddress(address)
  return {
    request: { client } as Request,
    principal: caller(key),
    route: { id: 'orders', public: key === null },
  }
}

function stepFor(...limits: Partial<RouteLimit>[]) {
  const made = createLimits({ clock: { now: () => 0 }, capacity: 100 })
  const step = createLimitsStep(
    made.check,
    'orders',
    limits.map((limit) => ({ by: 'key', max: 1, per: 60_000, burst: null, ...limit })),
  )
  return (of: Exchange, dry = false) => step?.apply(of, dry) as Finding
}

describe('the limits step of a route', () => {
  test('an allowed request is told where it stands', () => {
    const apply = stepFor({ max: 5 }, { by: 'route', max: 100, per: 3_600_000 })
    expect(apply(exchange('key_a'))).toEqual({
      is: 'note',
      headers: {
        'ratelimit-policy': '"key-60s";q=5;w=60, "route-3600s";q=100;w=3600',
        ratelimit: '"key-60s";r=4;t=61, "route-3600s";r=99;t=3660',
        'x-ratelimit-limit': '5',
        'x-ratelimit-remaining': '4',
        'x-ratelimit-reset': '61',
      },
    })
  })

  test('a request over the limit gets 429 with the seconds to wait', () => {
    const apply = stepFor({})
    apply(exchange('key_a'))
    expect(apply(exchange('key_a'))).toMatchObject({
      is: 'deny',
      problem: { status: 429, code: 'RATE_LIMITED', retryAfter: 61, headers: { ratelimit: '"key-60s";r=0;t=61' } },
    })
  })

  test('keys count apart', () => {
    const apply = stepFor({})
    apply(exchange('key_a'))
    expect(apply(exchange('key_b'))?.is).toBe('note')
  })

  test('without a key a limit by key counts the address', () => {
    const apply = stepFor({})
    apply(exchange(null))
    expect(apply(exchange(null))?.is).toBe('deny')
    expect(apply(exchange(null, '192.0.2.2'))?.is).toBe('note')
  })

  test('an IPv6 client does not get a fresh limit from each of its own addresses', () => {
    const apply = stepFor({ by: 'address' })
    apply(exchange('key_a', '2001:db8:1:2::1'))
    expect(apply(exchange('key_a', '2001:db8:1:2:ffff::9'))?.is).toBe('deny')
    expect(apply(exchange('key_a', '2001:db8:1:3::1'))?.is).toBe('note')
  })

  test('a dry run charges nothing', () => {
    const apply = stepFor({})
    apply(exchange('key_a'), true)
    expect(apply(exchange('key_a'))?.is).toBe('note')
  })

  test('two limits of one kind and window both hold', () => {
    const apply = stepFor({ max: 10 }, { max: 10, burst: 1 })
    apply(exchange('key_a'))
    expect(apply(exchange('key_a'))?.is).toBe('deny')
  })

  test('a route without limits has no step, and a limit that cannot be enforced does not load', () => {
    const { check } = createLimits({ clock: { now: () => 0 }, capacity: 1 })
    expect(createLimitsStep(check, 'orders', [])).toBeNull()
    expect(() => createLimitsStep(check, 'orders', [{ by: 'key', max: 0, per: 1, burst: null }])).toThrow(RangeError)
  })

  const somebody = (over: Partial<Principal>, address = '192.0.2.1'): Exchange => ({
    ...exchange('key_a', address),
    principal: { ...caller('key_a'), id: 'svc_a', organization: 'org_a', ...over },
  })
  const credential = (id: string) => ({ credential: { kind: 'api_key', id } as const })

  test.each([
    ['key', { id: 'svc_b' }, credential('key_b')],
    ['principal', credential('key_b'), { id: 'svc_b' }],
    ['organization', { id: 'svc_b', ...credential('key_b') }, { organization: 'org_b' }],
  ] as const)('a limit by %s counts what that is, and nothing else', (by, same, other) => {
    const apply = stepFor({ by })
    apply(somebody({}))
    expect(apply(somebody(same))?.is).toBe('deny')
    expect(apply(somebody(other))?.is).toBe('note')
  })

  test.each(['key+address', 'principal+address', 'organization+address'] as const)(
    'a limit by %s counts each pair by itself',
    (by) => {
      const apply = stepFor({ by })
      apply(somebody({}))
      expect(apply(somebody({}))?.is).toBe('deny')
      expect(apply(somebody({}, '192.0.2.2'))?.is).toBe('note')
    },
  )

  test.each(['principal', 'organization', 'principal+address'] as const)(
    'nobody known is counted by address where the limit is by %s',
    (by) => {
      const apply = stepFor({ by })
      apply(exchange(null))
      expect(apply(exchange(null))?.is).toBe('deny')
      expect(apply(exchange(null, '192.0.2.2'))?.is).toBe('note')
    },
  )

  const asking = (headers: Record<string, string>, key: string | null = null): Exchange => {
    const of = exchange(key)
    return { ...of, request: { ...of.request, header: (name: string) => headers[name] } as Request }
  }

  test('a limit by header counts each value by itself, whoever sends it', () => {
    const apply = stepFor({ by: 'header:X-Plan' })
    apply(asking({ 'x-plan': 'gold' }, 'key_a'))
    expect(apply(asking({ 'x-plan': 'gold' }, 'key_b'))?.is).toBe('deny')
    expect(apply(asking({ 'x-plan': 'tin' }, 'key_b'))).toMatchObject({
      is: 'note',
      headers: { 'ratelimit-policy': '"header-60s";q=1;w=60' },
    })
  })

  test.each([
    ['without the header', {}],
    ['with a longer value than anybody needs', { 'x-plan': 'a'.repeat(257) }],
  ])('requests %s are counted together, and never go uncounted', (_, headers: Record<string, string>) => {
    const apply = stepFor({ by: 'header:X-Plan' })
    apply(asking({ 'x-plan': 'b'.repeat(300) }, 'key_a'))
    expect(apply(asking(headers, 'key_b'))?.is).toBe('deny')
    expect(apply(asking({ 'x-plan': '-' }))?.is).toBe('note')
  })

  test('nothing that a client wrote into a header is kept as it wrote it', () => {
    const made = createLimits({ clock: { now: () => 0 }, capacity: 100 })
    const limit = { by: 'header:X-Plan', max: 1, per: 60_000, burst: null }
    const step = createLimitsStep(made.check, 'orders', [limit]) as Step
    const [ask] = asksOf([step], asking({ 'x-plan': 'k key_a \u0000' }))
    expect(ask?.key).toMatch(/^orders header x-plan [\w-]{22}$/)
  })

  const claimStep = (...limits: Partial<RouteLimit>[]) => {
    const made = createLimits({ clock: { now: () => 0 }, capacity: 100 })
    const claims = new Map<string, { issuer: string; all: Record<string, unknown> }>()
    const all = limits.map((limit) => ({ by: 'claim:tenant', max: 1, per: 60_000, burst: null, ...limit }))
    const claimsOf = ({ id }: Principal) => claims.get(id) ?? null
    const step = createLimitsStep(made.check, 'orders', all, { claimsOf })
    return (id: string, all: Record<string, unknown> | null, issuer = 'https://a.example') => {
      if (all === null) claims.delete(id)
      else claims.set(id, { issuer, all })
      return (step?.apply(somebody({ id }), false) as Finding)?.is
    }
  }

  test('a limit by claim counts all whose verified token says the same, of one issuer', () => {
    const ask = claimStep({})
    expect(ask('ada', { tenant: 'acme' })).toBe('note')
    expect(ask('bob', { tenant: 'acme' })).toBe('deny')
    expect(ask('bob', { tenant: 'acme' }, 'https://b.example')).toBe('note')
    expect(ask('bob', { tenant: 'other' })).toBe('note')
  })

  test('a number is not the text that looks like it', () => {
    const ask = claimStep({})
    expect([ask('ada', { tenant: 1 }), ask('ada', { tenant: '1' }), ask('ada', { tenant: 1 })]).toEqual([
      'note',
      'note',
      'deny',
    ])
  })

  test.each([
    ['there is none', {}],
    ['it is a list', { tenant: ['acme'] }],
    ['it is nothing', { tenant: null }],
    ['there is no token', null],
  ])('where %s, a limit by claim counts the principal', (_, all: Record<string, unknown> | null) => {
    const ask = claimStep({})
    expect(ask('ada', all)).toBe('note')
    expect(ask('ada', all)).toBe('deny')
    expect(ask('bob', all)).toBe('note')
  })

  test('a claim inside another is found by the names on the way, and never on a prototype', () => {
    const ask = claimStep({ by: 'claim', claim: ['https://a.example/app', 'tenant'] })
    const said = (tenant: string) => ({ 'https://a.example/app': { tenant } })
    expect([ask('ada', said('acme')), ask('bob', said('acme')), ask('bob', said('b'))]).toEqual([
      'note',
      'deny',
      'note',
    ])
    const inherited = claimStep({ by: 'claim:constructor', claim: null })
    expect([inherited('ada', {}), inherited('bob', {})]).toEqual(['note', 'note'])
  })

  test('parts are counted by each combination', () => {
    const apply = stepFor({ by: 'key+header:X-Plan+address' })
    apply(asking({ 'x-plan': 'a' }, 'key_a'))
    expect(apply(asking({ 'x-plan': 'a' }, 'key_a'))?.is).toBe('deny')
    expect(apply(asking({ 'x-plan': 'b' }, 'key_a'))?.is).toBe('note')
    expect(apply(asking({ 'x-plan': 'a' }, 'key_b'))).toMatchObject({
      headers: { 'ratelimit-policy': '"key+header+address-60s";q=1;w=60' },
    })
  })

  test.each(['planet', 'header:', 'claim', 'header:a b'])('a limit by "%s" does not load', (by) => {
    const { check } = createLimits({ clock: { now: () => 0 }, capacity: 1 })
    expect(() => createLimitsStep(check, 'orders', [{ by, max: 1, per: 1000, burst: null }])).toThrow(RangeError)
  })

  const fromCountry = (...limits: Partial<RouteLimit>[]) => {
    const made = createLimits({ clock: { now: () => 0 }, capacity: 100 })
    const all = limits.map((limit) => ({ by: 'address', max: 1, per: 60_000, burst: null, ...limit }))
    const countryOf = (address: string) => ({ '192.0.2.1': 'DE', '192.0.2.2': 'FR' })[address] ?? null
    const step = createLimitsStep(made.check, 'orders', all, { countryOf })
    return (address: string) => (step?.apply(exchange(null, address), false) as Finding)?.is ?? 'nothing'
  }
  const [GERMANY, FRANCE, NOWHERE] = ['192.0.2.1', '192.0.2.2', '192.0.2.3']

  test.each([
    [{ countries: ['DE'], outside: null }, GERMANY, FRANCE],
    [{ countries: null, outside: ['DE'] }, FRANCE, GERMANY],
  ])('a limit where %j holds those alone, and all whose country nobody knows', (where, held, free) => {
    const ask = fromCountry({ where })
    expect([ask(held), ask(held)]).toEqual(['note', 'deny'])
    expect([ask(free), ask(free)]).toEqual(['nothing', 'nothing'])
    expect([ask(NOWHERE), ask(NOWHERE)]).toEqual(['note', 'deny'])
  })

  test('other limits of the route hold wherever somebody is', () => {
    const ask = fromCountry({ max: 2 }, { where: { countries: ['DE'], outside: null } })
    expect([ask(GERMANY), ask(GERMANY), ask(FRANCE), ask(FRANCE), ask(FRANCE)]).toEqual([
      'note',
      'deny',
      'note',
      'note',
      'deny',
    ])
  })

  test('a request costs as many units as its route says for its method', () => {
    const made = createLimits({ clock: { now: () => 0 }, capacity: 100 })
    const step = createLimitsStep(made.check, 'orders', [{ by: 'address', max: 10, per: 60_000, burst: null }])
    const send = (method: string) => {
      const of = exchange(null)
      const route = { ...of.route, cost: 2, costs: new Map([['POST', 5]]) }
      return step?.apply({ ...of, route, request: { ...of.request, method } as Request }, false)
    }
    expect(send('GET')).toMatchObject({ headers: { 'x-ratelimit-remaining': '8' } })
    expect(send('POST')).toMatchObject({ headers: { 'x-ratelimit-remaining': '3' } })
    expect(send('POST')).toMatchObject({ is: 'deny', problem: { code: 'RATE_LIMITED' } })
    expect(send('constructor')).toMatchObject({ headers: { 'x-ratelimit-remaining': '1' } })
  })

  test('a quota is named after its window of the calendar', () => {
    const apply = stepFor({ max: 5, per: 86_400_000, kind: 'quota' }, { max: 9, per: 30.4375 * 86_400_000 })
    expect(apply(exchange('key_a'))).toMatchObject({
      headers: { 'ratelimit-policy': '"key-day";q=5;w=86400, "key-month";q=9;w=2629800' },
    })
  })

  test('a limit whose places are all taken says so', () => {
    const made = createLimits({ clock: { now: () => 0 }, capacity: 100 })
    const place = { key: 'key_a', max: 1 }
    made.check([], { place })
    expect(toFinding(made.check([], { place }))).toMatchObject({
      is: 'deny',
      problem: { status: 429, code: 'CONCURRENCY_LIMITED', retryAfter: 1 },
    })
  })

  test('what steps would ask is known before they are applied, and a step that is not ours is not left out', () => {
    const made = createLimits({ clock: { now: () => 0 }, capacity: 100 })
    const limit = { by: 'route', max: 1, per: 60_000, burst: null } as const
    const step = createLimitsStep(made.check, 'orders', [limit]) as Step
    expect(asksOf([step], exchange('key_a'))).toMatchObject([{ rule: { name: 'route-60s', max: 1 } }])
    expect(() => asksOf([{ ...step }], exchange('key_a'))).toThrow('limits')
  })
})
