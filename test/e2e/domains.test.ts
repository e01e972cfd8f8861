import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type DnsServer, openDns } from '../support/dns.ts'
import { waitForMail } from '../support/inbox.ts'
import { openVisitor } from '../support/visitor.ts'

const DAY = 86_400_000

describe.each(backends)('the domains of organizations on $name', ({ open }) => {
  let world: World
  let dns: DnsServer
  let control: Control
  let later = 0
  let key: string
  let count = 0

  beforeAll(async () => {
    world = await open()
    dns = await openDns()
    control = await openControl(world, {
      issuerHost: '127.0.0.1',
      clock: { now: () => systemClock.now() + later },
      env: {
        SALLYPORT_IDENTITY_DNS_SERVERS: JSON.stringify([dns.address]),
        SALLYPORT_IDENTITY_REGISTRATION: 'open',
      },
    })
    key = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await control?.stop()
    await dns?.close()
    await world?.close()
  })

  const call = (method: string, path: string, body?: unknown) => control.call(key, method, path, body)
  const newOrganization = async (policy: object = {}): Promise<string> =>
    (await call('POST', '/v1/organizations', { name: `Tenant ${++count}`, policy })).body.id
  const claim = (organization: string, domain: string) =>
    call('POST', `/v1/organizations/${organization}/domains`, { domain })
  const verify = (organization: string, domain: string) =>
    call('POST', `/v1/organizations/${organization}/domains/${domain}/verify`)

  async function proved(organization: string, domain: string): Promise<void> {
    const { record } = (await claim(organization, domain)).body
    dns.set(record.name, record.value)
    expect((await verify(organization, domain)).body).toMatchObject({ verified: true, misses: 0 })
  }

  it('a domain is verified once the DNS says what the record is, beside whatever else it says', async () => {
    const organization = await newOrganization()
    const claimed = await claim(organization, 'Bücher.example.')
    expect(claimed.status).toBe(201)
    const { record } = claimed.body
    expect(record).toEqual({
      type: 'TXT',
      name: '_sallyport-challenge.xn--bcher-kva.example',
      value: expect.stringMatching(/^sallyport-verification=[A-Za-z0-9_-]{43}$/),
    })
    expect((await verify(organization, 'xn--bcher-kva.example')).body.code).toBe('DOMAIN_UNPROVEN')
    dns.set(record.name, 'sallyport-verification=something-else', `${record.value}x`)
    expect((await verify(organization, 'xn--bcher-kva.example')).body.code).toBe('DOMAIN_UNPROVEN')
    dns.set(record.name, 'x'.repeat(300), record.value)
    const verified = await verify(organization, 'xn--bcher-kva.example')
    expect(verified.body).toMatchObject({ domain: 'xn--bcher-kva.example', verified: true })
    const listed = await call('GET', `/v1/organizations/${organization}/domains`)
    expect(listed.body.items.map((it: { domain: string }) => it.domain)).toEqual(['xn--bcher-kva.example'])
  })

  it.each([
    'localhost',
    'example',
    '192.0.2.1',
    '[2001:db8::1]',
    '2001:db8::1',
    '0x7f.1',
    '1.2.3',
    'gmail.com',
    'mail.GMAIL.com',
    'web.de',
    'exa mple.com',
    'example..com',
    '-a.example',
    'a_b.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(120)}example`,
    'example.com/x',
    'example.com:53',
    'ex%61mple.com',
    'user@example.com',
    '\u0000.example',
  ])('%j cannot be claimed', async (domain) => {
    const answer = await claim('org_default', domain)
    expect(answer.status).toBe(400)
    expect(answer.body.errors[0].path).toBe('domain')
  })

  it('a DNS that does not answer or fails proves nothing, and is told from one that has no record', async () => {
    const organization = await newOrganization()
    await claim(organization, 'slow.example')
    try {
      dns.behave('failing')
      const failed = await verify(organization, 'slow.example')
      expect([failed.status, failed.body.code]).toEqual([503, 'DNS_UNAVAILABLE'])
      dns.behave('silent')
      const silent = await verify(organization, 'slow.example')
      expect([silent.status, silent.body.code]).toEqual([503, 'DNS_UNAVAILABLE'])
      expect(silent.headers.get('retry-after')).toBe('30')
    } finally {
      dns.behave('well')
    }
  })

  it('of two organizations that prove one domain at once one has it, until it gives it up', async () => {
    const [a, b] = [await newOrganization(), await newOrganization()]
    const records = [(await claim(a, 'shared.example')).body.record, (await claim(b, 'shared.example')).body.record]
    expect(records[0].value).not.toBe(records[1].value)
    dns.set(records[0].name, records[0].value, records[1].value)
    const answers = await Promise.all([a, b, a, b, a, b].map((id) => verify(id, 'shared.example')))
    const winners = new Set(answers.flatMap(({ status }, i) => (status === 200 ? [i % 2] : [])))
    expect(winners.size).toBe(1)
    const lost = answers.filter(({ status }) => status !== 200)
    expect(lost.map(({ body }) => body.code)).toEqual(['DOMAIN_TAKEN', 'DOMAIN_TAKEN', 'DOMAIN_TAKEN'])
    const [winner, loser] = winners.has(0) ? [a, b] : [b, a]
    expect((await call('DELETE', `/v1/organizations/${winner}/domains/shared.example`)).status).toBe(204)
    expect((await verify(loser, 'shared.example')).body.verified).toBe(true)
    expect((await verify(winner, 'shared.example')).body.code).toBe('DOMAIN_UNKNOWN')
  })

  it('a domain is claimed once, and fifty at the most', async () => {
    const organization = await newOrganization()
    expect((await claim(organization, 'd0.example')).status).toBe(201)
    expect((await claim(organization, 'D0.example')).body.code).toBe('DOMAIN_KNOWN')
    for (let i = 1; i < 50; i++) expect((await claim(organization, `d${i}.example`)).status).toBe(201)
    expect((await claim(organization, 'd50.example')).body.code).toBe('DOMAINS_FULL')
  })

  it('is looked up again daily: three days without the record end it, a DNS that fails does not', async () => {
    const organization = await newOrganization()
    await proved(organization, 'gone.example')
    const { domains } = control.serving.system.identity.organizations
    const state = async () =>
      (await call('GET', `/v1/organizations/${organization}/domains`)).body.items.map(
        (it: { verified: boolean; misses: number }) => [it.verified, it.misses],
      )[0]
    const name = '_sallyport-challenge.gone.example'
    try {
      later = DAY + 1000
      expect(await domains.checkDue()).toBe(true)
      expect(await state()).toEqual([true, 0])
      dns.behave('failing')
      later = 2 * DAY + 2000
      await domains.checkDue()
      expect(await state()).toEqual([true, 0])
      dns.behave('well')
      dns.set(name)
      for (const [day, left] of [
        [3, [true, 1]],
        [4, [true, 2]],
        [5, [false, 3]],
      ] as const) {
        later = day * DAY + day * 1000
        await domains.checkDue()
        // Not before another day.
        await domains.checkDue()
        expect(await state()).toEqual(left)
      }
      const events = await call('GET', '/v1/audit/events?type=domain.lost')
      expect(events.body.items[0]).toMatchObject({ organization, resource: 'gone.example', principalKind: 'system' })
    } finally {
      dns.behave('well')
      later = 0
    }
  })

  async function register(email: string): Promise<string> {
    const visitor = openVisitor(control.url, { address: `127.0.1.${++count}` })
    const password = 'a fairly long sentence of mine 41'
    const registered = await visitor.post('/v1/auth/register', { email, name: 'Grace', password })
    expect(registered.status, JSON.stringify(registered.body)).toBe(202)
    const { link } = await waitForMail(
      control,
      email.replace(/@.*/, (domain) => domain.toLowerCase()),
      { template: 'verify_email' },
    )
    const token = new URL(link ?? '').searchParams.get('token')
    expect((await visitor.post('/v1/auth/verify', { token })).status).toBeLessThan(300)
    const signedIn = await visitor.post('/v1/auth/login', { email, password })
    expect(signedIn.body.next, JSON.stringify(signedIn.body)).toBe('done')
    return signedIn.body.person.id
  }

  const isMember = async (organization: string, id: string) =>
    (await call('GET', `/v1/organizations/${organization}/members/${id}`)).status === 200

  it('who registers with an address of it joins where the policy says so, once the address is proved', async () => {
    const [joining, silent] = [
      await newOrganization({ domainJoin: 'automatic', defaultRoles: ['developer'] }),
      await newOrganization(),
    ]
    await proved(joining, 'joining.example')
    await proved(silent, 'silent.example')
    await claim(silent, 'claimed.example')
    await call('PATCH', `/v1/organizations/${silent}`, { policy: { domainJoin: 'off' } })
    const grace = await register('Grace@JOINING.example')
    const member = await call('GET', `/v1/organizations/${joining}/members/${grace}`)
    expect(member.body).toMatchObject({ roles: ['developer'], home: false })
    const others = [await register('x@sub.joining.example'), await register('y@silent.example')]
    expect(await Promise.all(others.map((id) => isMember(joining, id)))).toEqual([false, false])
    expect(await isMember(silent, others[1] as string)).toBe(false)
  })
})
