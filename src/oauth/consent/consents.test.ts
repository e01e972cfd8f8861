import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../../test/support/backends.ts'
import { systemPrincipal } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore, stoppedClock } from '../../store/testing.ts'
import { oauthMigrations } from '../migrations/index.ts'
import { NOTHING_ASKED } from './consent.ts'
import { type Consents, createConsents } from './consents.ts'
import { consentTables } from './store.ts'
import { sweepConsents } from './sweep.ts'

const DAY = 86_400_000
const parties = { personId: 'usr_1', organization: 'org_1', clientId: 'cli_1' }
const caller = { principal: systemPrincipal('test', 'org_1'), address: null, userAgent: null, requestId: null }
const whole = { before: null, limit: 10 }

describe.each(backends)('consents on $name', ({ open }) => {
  let world: World
  let store: Store
  let clock: ReturnType<typeof stoppedClock>
  let consents: Consents

  beforeEach(async () => {
    world = await open()
    clock = stoppedClock()
    store = await openTestStore(world, { migrations: { ...oauthMigrations }, clock })
    const audit = { append: async () => undefined, record: () => undefined } as never
    const endGrants = async () => 0
    consents = createConsents({ store, clock, audit, lifetime: 30 * DAY, endGrants, onWithdrawn: () => undefined })
  })
  afterEach(async () => {
    await store.close()
    await world.close()
  })

  const agree = (...scopes: string[]) => consents.agree(parties, { ...NOTHING_ASKED, scopes }, caller)
  const names = async () => (await consents.agreedWith(parties)).map(({ name }) => name)
  const rows = async () => (await consentTables(store).selectFrom('oauth_consent_item').selectAll().execute()).length

  it('count from the day of each scope for as long as was said, and no longer', async () => {
    await agree('openid')
    clock.pass(20 * DAY)
    await agree('email')
    expect(await names()).toEqual(['email', 'openid'])
    clock.pass(10 * DAY)
    expect(await names()).toEqual(['email'])
    await agree('openid')
    expect(await names()).toEqual(['email', 'openid'])
    clock.pass(31 * DAY)
    expect(await names()).toEqual([])
  })

  it('belong to one person, organization and client', async () => {
    await agree('openid')
    for (const other of [{ personId: 'usr_2' }, { organization: 'org_2' }, { clientId: 'cli_2' }]) {
      expect(await consents.agreedWith({ ...parties, ...other })).toEqual([])
    }
  })

  it('do not mix what is called the same: a scope of an API, one about the person, and a claim', async () => {
    const asked = { ...NOTHING_ASKED, claims: ['email'], resources: { 'https://a.example': ['email'] } }
    await consents.agree(parties, asked, caller)
    const found = await consents.agreedWith(parties)
    expect(found).toMatchObject([
      { kind: 'api', resource: 'https://a.example', name: 'email' },
      { kind: 'claim', resource: '', name: 'email' },
    ])
  })

  it('are deleted when they count no more, and those that were renewed are not', async () => {
    await agree('openid')
    await consents.agree({ ...parties, personId: 'usr_2' }, { ...NOTHING_ASKED, scopes: ['openid'] }, caller)
    clock.pass(31 * DAY)
    await agree('email')
    expect(await sweepConsents(store, clock.now() - 30 * DAY)).toBe(false)
    expect(await consents.list({ personId: 'usr_2', organization: null }, whole)).toEqual([])
    expect(await names()).toEqual(['email'])
    expect(await rows()).toBe(2)
  })

  it('are withdrawn once by many at a time, in one organization or in all', async () => {
    await agree('openid')
    await consents.agree({ ...parties, organization: 'org_2' }, { ...NOTHING_ASKED, scopes: ['openid'] }, caller)
    const here = { personId: 'usr_1', organization: 'org_1' }
    const ended = await Promise.all(Array.from({ length: 5 }, () => consents.withdrawAll(here, caller)))
    expect(ended.reduce((sum, count) => sum + count)).toBe(1)
    expect(await consents.withdrawAll({ ...here, organization: null }, caller)).toBe(1)
    expect(await rows()).toBe(0)
  })
})
