import { describe, expect, test } from 'vitest'
import { anonymous, type Exchange, type Finding, type Principal, parseAddress, type Request } from '../core/index.ts'
import { createLimits, createLimitsStep, type RouteLimit } from './index.ts'

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
})
