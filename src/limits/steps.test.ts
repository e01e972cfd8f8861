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
