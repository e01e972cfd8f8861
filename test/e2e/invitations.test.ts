import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Mail, mailsTo, waitForMail } from '../support/inbox.ts'
import { type Made, makePerson } from '../support/people.ts'
import { tenantOf } from '../support/tenants.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const DAY = 86_400_000
const PASSWORD = 'a fairly long sentence of mine 41'

describe.each(backends)('invitations on $name', ({ open }) => {
  let world: World
  let control: Control
  let later = 0
  let key: string
  let organization: string
  let tenant: ReturnType<typeof tenantOf>
  let count = 0

  beforeAll(async () => {
    world = await open()
    const clock = { now: () => systemClock.now() + later }
    control = await openControl(world, {
      issuerHost: '127.0.0.1',
      clock,
      // How long answers take is not looked at here.
      env: { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' },
    })
    key = (await control.keyWith(['*'], { scopes: ['*'] })).key
    organization = await newOrganization()
    tenant = tenantOf(control, organization)
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const call = (method: string, path: string, body?: unknown) => control.call(key, method, path, body)
  const newOrganization = async (): Promise<string> =>
    (await call('POST', '/v1/organizations', { name: `Tenant ${++count}` })).body.id
  const invite = (email: string, more: object = {}, id = organization) =>
    call('POST', `/v1/organizations/${id}/invitations`, { email, ...more })
  const newAddress = () => `guest${++count}@example.com`
  const stranger = (): Visitor => openVisitor(control.url, { address: `127.0.2.${++count % 250}` })
  const tokenIn = ({ link }: Mail) => new URL(link ?? '').searchParams.get('token') ?? ''
  const look = (token: string) => stranger().post('/v1/auth/invitation', { token })

  async function invited(email: string, more: object = {}): Promise<string> {
    const [last] = await mailsTo(tenant, email, { template: 'invitation' })
    const answer = await invite(email, more)
    expect(answer.status, JSON.stringify(answer.body)).toBe(201)
    expect(JSON.stringify(answer.body)).not.toContain('spi_')
    const after = last === undefined ? {} : { after: last.id }
    return tokenIn(await waitForMail(tenant, email, { template: 'invitation', ...after }))
  }

  async function signedIn({ email, password }: Pick<Made, 'email' | 'password'>, more: object = {}): Promise<Visitor> {
    const visitor = stranger()
    const answer = await visitor.post('/v1/auth/login', { email, password, ...more })
    expect(answer.body.next, JSON.stringify(answer.body)).toBe('done')
    return visitor
  }

  const memberOf = (id: string) => call('GET', `/v1/organizations/${organization}/members/${id}`)

  it('the mail alone has the link, which says who invites to what before anything is taken', async () => {
    const email = newAddress()
    const token = await invited(email, { roles: ['developer'], language: 'de' })
    const [mail] = await mailsTo(tenant, email)
    expect(mail?.link).toMatch(new RegExp(`^${control.url}/invitation\\?token=spi_`))
    expect(mail?.subject).toContain('Einladung')
    const shown = { organization: { id: organization, name: 'Tenant 1' }, email, hasAccount: false }
    expect((await look(token)).body).toMatchObject(shown)
    expect((await look(token)).status).toBe(200)
    for (const wrong of [
      `${token.slice(0, -1)}~`,
      `spi_${'A'.repeat(43)}`,
      token.replace('spi', 'spl'),
      'x'.repeat(20),
    ]) {
      expect((await look(wrong)).body.code).toBe('INVITATION_ENDED')
    }
  })

  it('who registers with it belongs to the organization, and their address needs no other proof', async () => {
    const email = newAddress()
    const token = await invited(email, { roles: ['developer'] })
    const visitor = stranger()
    const register = (address: string) =>
      visitor.post('/v1/auth/register', { email: address, name: 'Grace', password: PASSWORD, invitation: token })
    expect((await register(newAddress())).body.code).toBe('INVITATION_NEEDED')
    expect((await register(email)).body).toEqual({ next: 'sign_in' })
    const answer = await visitor.post('/v1/auth/login', { email, password: PASSWORD })
    expect(answer.body).toMatchObject({ next: 'done', session: { organization }, person: { organization, email } })
    expect((await memberOf(answer.body.person.id)).body).toMatchObject({ roles: ['developer'], home: true })
    expect((await look(token)).body.code).toBe('INVITATION_ENDED')
    const events = (await call('GET', '/v1/audit/events?type=invitation.accepted')).body.items
    expect(events[0]).toMatchObject({ organization, principal: answer.body.person.id, principalKind: 'user' })
  })

  it('who has an account accepts in a session: of fifty at once one wins', async () => {
    const person = await makePerson(control)
    const token = await invited(person.email, { roles: ['analyst'] })
    expect((await look(token)).body.hasAccount).toBe(true)
    const visitor = await signedIn(person)
    const accept = () => visitor.post('/v1/account/invitations/accept', { token })
    const answers = await Promise.all(Array.from({ length: 50 }, accept))
    const won = answers.filter(({ status }) => status === 200)
    expect(won.map(({ body }) => body)).toEqual([
      { organization: { id: organization, name: 'Tenant 1' }, roles: ['analyst'] },
    ])
    const lost = new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.code))
    expect([...lost].every((code) => code === 'INVITATION_ENDED' || code === 'MEMBER_ALREADY')).toBe(true)
    expect((await memberOf(person.id)).body).toMatchObject({ roles: ['analyst'], home: false })
    const moved = await visitor.post('/v1/account/organization', { organization })
    expect(moved.body.organization).toBe(organization)
    expect((await invite(person.email)).body.code).toBe('MEMBER_ALREADY')
  })

  it('fifty registrations with one invitation at once make one person and one member', async () => {
    const email = newAddress()
    const token = await invited(email)
    const tries = Array.from({ length: 3 }, () =>
      stranger().post('/v1/auth/register', { email, name: 'Grace', password: PASSWORD, invitation: token }),
    )
    const answers = await Promise.all(tries)
    expect(answers.some(({ status }) => status === 202)).toBe(true)
    const events = (await call('GET', '/v1/audit/events?type=invitation.accepted&limit=100')).body.items
    const people = (await call('GET', `/v1/organizations/${organization}/members?limit=100`)).body.items
    const [made] = people.filter((it: { email: string }) => it.email === email)
    expect(events.filter((it: { principal: string }) => it.principal === made.id)).toHaveLength(1)
  })

  it('one that went to another address is not for whoever has the link', async () => {
    const token = await invited(newAddress())
    const visitor = await signedIn(await makePerson(control))
    const answer = await visitor.post('/v1/account/invitations/accept', { token })
    expect([answer.status, answer.body.code]).toEqual([403, 'INVITATION_FOR_ANOTHER'])
    expect((await look(token)).status).toBe(200)
    expect((await control.call(key, 'POST', '/v1/account/invitations/accept', { token })).body.code).toBe(
      'SESSION_REQUIRED',
    )
  })

  it('a new one to an address replaces the former, however the address is spelt; sent once more it has another link', async () => {
    const email = newAddress()
    const first = await invited(email)
    expect((await invite(email.toUpperCase())).status).toBe(201)
    expect((await look(first)).body.code).toBe('INVITATION_ENDED')
    const second = tokenIn(await waitForMail(tenant, email.toUpperCase().replace(/@.*/, '@example.com')))
    expect((await look(second)).status).toBe(200)
    const listed = (await call('GET', `/v1/organizations/${organization}/invitations?limit=100`)).body.items
    const theirs = listed.filter((it: { email: string }) => it.email.toLowerCase() === email)
    expect(theirs.map((it: { status: string }) => it.status)).toEqual(['open', 'revoked'])
    const path = `/v1/organizations/${organization}/invitations/${theirs[0].id}`
    expect((await call('POST', `${path}/resend`)).status).toBe(200)
    expect((await look(second)).body.code).toBe('INVITATION_ENDED')
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('DELETE', path)).body.code).toBe('INVITATION_UNKNOWN')
    expect((await call('POST', `${path}/resend`)).body.code).toBe('INVITATION_UNKNOWN')
  })

  it('after a week it is too old, and works again once it was sent again', async () => {
    const email = newAddress()
    const token = await invited(email)
    const [made] = (await call('GET', `/v1/organizations/${organization}/invitations`)).body.items
    const [mail] = await mailsTo(tenant, email)
    try {
      later = 7 * DAY + 1000
      expect((await look(token)).body.code).toBe('INVITATION_ENDED')
      const listed = (await call('GET', `/v1/organizations/${organization}/invitations`)).body.items
      expect(listed[0]).toMatchObject({ id: made.id, status: 'expired' })
      const sent = await call('POST', `/v1/organizations/${organization}/invitations/${made.id}/resend`)
      expect(sent.body.status).toBe('open')
      const again = tokenIn(await waitForMail(tenant, email, { after: mail?.id ?? '' }))
      expect((await look(again)).status).toBe(200)
    } finally {
      later = 0
    }
  })

  it('a repeat with the same Idempotency-Key mails nothing more', async () => {
    const email = newAddress()
    const path = `/v1/organizations/${organization}/invitations`
    const once = () => control.call(key, 'POST', path, { email }, { 'idempotency-key': `inv-${email}` })
    const [a, b] = [await once(), await once()]
    expect([a.status, b.status, a.body.id === b.body.id]).toEqual([201, 201, true])
    expect(await mailsTo(tenant, email)).toHaveLength(1)
  })

  it('one mailbox gets ten an hour at the most, from all organizations together', async () => {
    const [email, other] = [newAddress(), await newOrganization()]
    for (let i = 0; i < 10; i++) expect((await invite(email, {}, i % 2 === 0 ? organization : other)).status).toBe(201)
    const answer = await invite(email, {}, other)
    expect([answer.status, answer.body.code]).toEqual([429, 'INVITATIONS_LIMITED'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('nobody invites to more than they hold, and who is removed takes their invitations along', async () => {
    const boss = await makePerson(control, { organization, roles: ['admin'] })
    const colleague = await makePerson(control)
    await call('PUT', `/v1/organizations/${organization}/members/${colleague.id}`, { roles: ['admin'] })
    const visitor = await signedIn(colleague, { organization })
    const path = `/v1/organizations/${organization}/invitations`
    const exceeded = await visitor.post(path, { email: newAddress(), roles: ['super_admin'] })
    expect([exceeded.status, exceeded.body.code]).toEqual([403, 'ROLE_EXCEEDED'])
    const email = newAddress()
    expect((await visitor.post(path, { email, roles: ['user'] })).status).toBe(201)
    const token = tokenIn(await waitForMail(tenant, email))
    const removing = await signedIn(boss)
    expect((await removing.delete(`/v1/organizations/${organization}/members/${colleague.id}`)).status).toBe(204)
    expect((await look(token)).body.code).toBe('INVITATION_ENDED')
  })

  it('of a disabled organization none stands', async () => {
    const gone = await newOrganization()
    const email = newAddress()
    await invite(email, {}, gone)
    const token = tokenIn(await waitForMail(tenantOf(control, gone), email))
    expect((await call('DELETE', `/v1/organizations/${gone}`)).body.enabled).toBe(false)
    expect((await look(token)).body.code).toBe('INVITATION_ENDED')
    await call('PATCH', `/v1/organizations/${gone}`, { enabled: true })
    expect((await look(token)).status).toBe(200)
  })

  it('bad input is told', async () => {
    for (const body of [
      { email: 'nobody' },
      { email: newAddress(), roles: ['emperor'] },
      { email: newAddress(), roles: Array.from({ length: 21 }, (_, i) => `r${i}`) },
      { email: newAddress(), language: 'fr' },
      { email: newAddress(), admin: true },
      {},
    ]) {
      const answer = await call('POST', `/v1/organizations/${organization}/invitations`, body)
      expect([answer.status, answer.body.code], JSON.stringify(body)).toEqual([400, 'INPUT_INVALID'])
    }
    const cross = await stranger().post(
      '/v1/auth/invitation',
      { token: 'x'.repeat(20) },
      { origin: 'https://evil.example' },
    )
    expect(cross.body.code).toBe('ORIGIN_REFUSED')
  })

  it('of two hundred open ones there is no other', async () => {
    const full = await newOrganization()
    const batch = (from: number) =>
      Promise.all(Array.from({ length: 25 }, (_, i) => invite(`full${from + i}@example.com`, {}, full)))
    for (let from = 0; from < 200; from += 25) {
      expect((await batch(from)).every(({ status }) => status === 201)).toBe(true)
    }
    const answers = await batch(200)
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['INVITATIONS_FULL']))
    expect((await invite('full7@example.com', {}, full)).status).toBe(201)
  })
})
