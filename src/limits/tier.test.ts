import { describe, expect, it } from 'vitest'
import {
  type Authenticator,
  anonymous,
  type Exchange,
  type JointStep,
  type Principal,
  parseAddress,
  type Request,
  type Step,
} from '../core/index.ts'
import { createLimits, createLimitsStep, createTiers, type TierSettings, withTiers } from './index.ts'

const rate = (max: number, per = 60_000) => ({ max, per, burst: null })
const TIERS: TierSettings['tiers'] = {
  production: { rates: [rate(3), rate(50, 3_600_000)], atOnce: 2, maxBody: 1000 },
  development: { rates: [rate(1)], atOnce: null, maxBody: null },
  gold: { rates: [], atOnce: null, maxBody: null },
}
const row = (tier: string, more = {}) => ({ tier, environments: null, organizations: null, ...more })
const service = (over: Partial<Principal> = {}): Principal => ({ ...anonymous, kind: 'service', id: 'svc_1', ...over })
const withKey = (environment: string, organization = 'org_a') =>
  service({ organization, credential: { kind: 'api_key', id: 'key_1', environment } })

describe('who has which tier', () => {
  const tierOf = createTiers({
    tiers: TIERS,
    tierOf: [
      row('development', { environments: ['test', 'dev'] }),
      row('gold', { organizations: ['org_gold'] }),
      row('production'),
    ],
  })

  it.each([
    [withKey('dev'), 'development'],
    [withKey('dev', 'org_gold'), 'development'],
    [withKey('live', 'org_gold'), 'gold'],
    [withKey('live'), 'production'],
    [service(), 'production'],
    [anonymous, undefined],
  ])('%j: the first that is about them', (principal, name) => {
    expect(tierOf(principal)?.name).toBe(name)
  })

  it('is nobody, unless it is said', () => {
    expect(createTiers({ tiers: TIERS, tierOf: [] })(withKey('live'))).toBeNull()
    const dev = createTiers({ tiers: TIERS, tierOf: [row('development', { environments: ['dev'] })] })
    expect([dev(withKey('live')), dev(service())]).toEqual([null, null])
  })

  it('is an error of the program where there is no such tier', () => {
    expect(() => createTiers({ tiers: TIERS, tierOf: [row('silver')] })).toThrow('silver')
  })
})

describe('callers with a token or a session', () => {
  const request = { client: parseAddress('192.0.2.1'), method: 'GET' } as Request
  const limits = () => createLimits({ clock: { now: () => 0 }, capacity: 100 })

  function grantFor(
    principal: Principal,
    made = limits(),
    tiers = createTiers({ tiers: TIERS, tierOf: [row('production')] }),
  ) {
    const spent = { headers: [], query: [] }
    const plain: Authenticator = { name: 'jwt', authenticate: () => ({ is: 'known', principal, spent }) }
    const answer = withTiers(plain, { tierOf: tiers, check: made.check }).authenticate(request)
    if (answer instanceof Promise || answer.is !== 'known') throw new Error('not known')
    return answer.grant
  }

  const exchange = (principal: Principal): Exchange => ({
    request,
    principal,
    route: { id: 'orders', public: false },
  })
  const apply = (principal: Principal, made: ReturnType<typeof limits>, beside: readonly Step[] = [], keep = false) => {
    const grant = grantFor(principal, made)
    const limits = grant?.limits as JointStep
    const finding = limits.apply(exchange(principal), false, beside)
    if (!keep) grant?.release?.()
    return { finding, grant }
  }

  it('are held by their tier, each by itself, and told where they stand', () => {
    const made = limits()
    expect(apply(service(), made).finding).toMatchObject({
      is: 'note',
      headers: { 'ratelimit-policy': '"production-60s";q=3;w=60, "production-3600s";q=50;w=3600' },
    })
    for (let i = 0; i < 2; i++) apply(service(), made)
    expect(apply(service(), made).finding).toMatchObject({ is: 'deny', problem: { code: 'RATE_LIMITED' } })
    expect(apply(service({ id: 'svc_2' }), made).finding).toMatchObject({ is: 'note' })
  })

  it('are answered as many at once as their tier says, and send no larger bodies', () => {
    const made = limits()
    const first = apply(service(), made, [], true)
    apply(service(), made, [], true)
    expect(apply(service(), made, [], true).finding).toMatchObject({ problem: { code: 'CONCURRENCY_LIMITED' } })
    first.grant?.release?.()
    expect(apply(service(), made).finding).toMatchObject({ is: 'note' })
    expect(first.grant?.maxBody).toBe(1000)
  })

  it('are charged nothing for what the route refuses, and the route nothing for what the tier refuses', () => {
    const made = limits()
    const step = createLimitsStep(made.check, 'orders', [{ by: 'route', ...rate(4) }]) as Step
    for (let i = 0; i < 8; i++) apply(service(), made, [step])
    expect(apply(service({ id: 'svc_2' }), made, [step]).finding).toMatchObject({
      headers: { ratelimit: expect.stringContaining('"route-60s";r=0') },
    })
    expect(apply(service({ id: 'svc_2' }), made, [step]).finding).toMatchObject({ is: 'deny' })
    expect(apply(service({ id: 'svc_2' }), made).finding).toMatchObject({
      headers: { ratelimit: expect.stringContaining('"production-60s";r=1') },
    })
  })

  it('have no grant without a tier, and keep the one they bring', () => {
    const none = createTiers({ tiers: TIERS, tierOf: [row('production', { organizations: ['org_b'] })] })
    expect(grantFor(service({ organization: 'org_a' }), limits(), none)).toBeUndefined()
    const grant = { maxBody: 5 }
    const spent = { headers: [], query: [] }
    const keys: Authenticator = { name: 'k', authenticate: () => ({ is: 'known', principal: service(), spent, grant }) }
    const held = withTiers(keys, {
      tierOf: createTiers({ tiers: TIERS, tierOf: [row('gold')] }),
      check: limits().check,
    })
    expect(held.authenticate(request)).toMatchObject({ grant })
  })
})
