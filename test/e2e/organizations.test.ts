import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { totpOf } from '../support/oathtool.ts'
import { type Made, makePerson } from '../support/people.ts'
import { openPlace } from '../support/sallyport.ts'
import { tenantOf } from '../support/tenants.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOBODY = 'usr_00000000000000000000000a'

describe.each(backends)('organizations on $name', ({ open }) => {
  let world: World
  let control: Control
  let other: Control
  let later = 0
  let key: string
  let count = 0

  beforeAll(async () => {
    world = await open()
    const clock = { now: () => systemClock.now() + later }
    // How long answers take is not looked at here.
    const env = { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' }
    control = await openControl(world, { issuerHost: '127.0.0.1', clock, env })
    other = await openControl(world, { clock, env: { SALLYPORT_ISSUER: control.url } })
    key = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await other?.stop()
    await control?.stop()
    await world?.close()
  })

  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    control.call(key, method, path, body, headers)
  const at = (id: string) => `/v1/organizations/${id}`
  const make = (more: object = {}) => call('POST', '/v1/organizations', { name: `Tenant ${++count}`, ...more })
  const newOrganization = async (policy: object = {}): Promise<string> => (await make({ policy })).body.id
  const change = (id: string, body: object) => call('PATCH', at(id), body)

  async function signedIn(person: Pick<Made, 'email' | 'password'>, more: object = {}): Promise<Visitor> {
    const visitor = openVisitor(control.url, {
      address: `127.0.3.${++count % 250}`,
      clock: { now: () => systemClock.now() + later },
    })
    const { email, password } = person
    const answer = await visitor.post('/v1/auth/login', { email, password, ...more })
    expect(answer.body.next, JSON.stringify(answer.body)).toBe('done')
    return visitor
  }

  const tryLogin = ({ email, password }: Pick<Made, 'email' | 'password'>, more: object = {}) =>
    openVisitor(control.url, { address: `127.0.3.${++count % 250}` }).post('/v1/auth/login', {
      email,
      password,
      ...more,
    })

  const alive = async (visitor: Visitor) => (await visitor.get('/v1/account/sessions')).status === 200

  async function elsewhere(visitor: Visitor): Promise<boolean> {
    const cookie = visitor.cookies().map(({ name, value }) => `${name}=${value}`)
    const answer = await fetch(new URL('/v1/account/sessions', other.serving.control), {
      headers: { cookie: cookie.join('; ') },
    })
    return answer.status === 200
  }

  describe('made and changed by whoever runs the installation', () => {
    it('an organization is made once for an Idempotency-Key, and changed at the version that was read', async () => {
      const headers = { 'idempotency-key': `one-${++count}` }
      const body = { name: `Tenant ${count}`, policy: { requireMfa: true, sessions: { idleSeconds: 900 } } }
      const [a, b] = [
        await call('POST', '/v1/organizations', body, headers),
        await call('POST', '/v1/organizations', body, headers),
      ]
      expect([a.status, b.status, b.body.id]).toEqual([201, 201, a.body.id])
      expect(a.headers.get('location')).toBe(at(a.body.id))
      expect(a.body.policy).toEqual({
        defaultRoles: ['user'],
        requireMfa: true,
        methods: ['password', 'passkey', 'magic_link'],
        language: null,
        domainJoin: 'off',
        sessions: { absoluteSeconds: null, idleSeconds: 900, most: null },
      })
      const etag = a.headers.get('etag') ?? ''
      const wish = { policy: { sessions: { most: 2 } } }
      const changed = await call('PATCH', at(a.body.id), wish, { 'if-match': etag })
      expect(changed.body.policy.sessions).toEqual({ absoluteSeconds: null, idleSeconds: 900, most: 2 })
      expect(changed.body.policy.requireMfa).toBe(true)
      const stale = await call('PATCH', at(a.body.id), wish, { 'if-match': etag })
      expect([stale.status, stale.body.code]).toEqual([412, 'VERSION_STALE'])
      expect((await call('GET', at(a.body.id))).headers.get('etag')).toBe(changed.headers.get('etag'))
    })

    it('a name is unique however it is spelt, also when twenty want it at once', async () => {
      const name = `Café ${++count}`
      const tries = [name, name.toUpperCase(), name.normalize('NFD'), ` ${name} `]
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => call('POST', '/v1/organizations', { name: tries[i % 4] })),
      )
      const made = answers.filter(({ status }) => status === 201)
      expect(made).toHaveLength(1)
      const codes = new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code))
      expect([...codes]).toEqual(['ORGANIZATION_NAME_TAKEN'])
      const second = await newOrganization()
      expect((await change(second, { name: name.toLowerCase() })).body.code).toBe('ORGANIZATION_NAME_TAKEN')
      expect((await change(made[0]?.body.id, { name: name.toUpperCase() })).status).toBe(200)
    })

    it('who makes it may become its first administrator; the list goes on page by page', async () => {
      const boss = await makePerson(control, { roles: ['admin'] })
      const visitor = await signedIn(boss)
      const made = await visitor.post('/v1/organizations', { name: `Tenant ${++count}`, join: true })
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      const member = (await visitor.get(`${at(made.body.id)}/members/${boss.id}`)).body
      expect(member).toMatchObject({ roles: ['admin'], home: false })
      expect((await make({ join: true })).body.errors[0].path).toBe('join')
      await newOrganization()
      const first = (await visitor.get('/v1/organizations?limit=1')).body
      const next = (await visitor.get(`/v1/organizations?limit=1&cursor=${first.nextCursor}`)).body
      expect([first.items.length, next.items.length]).toEqual([1, 1])
      expect(next.items[0].id).not.toBe(first.items[0].id)
    })

    it('that of the installation cannot be disabled', async () => {
      const answer = await call('DELETE', at('org_default'))
      expect([answer.status, answer.body.code]).toEqual([409, 'ORGANIZATION_DEFAULT'])
    })

    it.each([
      [{ name: '' }, 'name'],
      [{ name: ' ' }, 'name'],
      [{ name: 'x'.repeat(101) }, 'name'],
      [{ name: 'two\nlines' }, 'name'],
      [{ name: '\u202eevil' }, 'name'],
      [{ name: 'A', policy: { methods: [] } }, 'policy'],
      [{ name: 'A', policy: { methods: ['carrier_pigeon'] } }, 'policy'],
      [{ name: 'A', policy: { methods: ['password', 'password'] } }, 'policy'],
      [{ name: 'A', policy: { defaultRoles: ['emperor'] } }, 'policy.defaultRoles'],
      [{ name: 'A', policy: { requireMfa: 'yes' } }, 'policy'],
      [{ name: 'A', policy: { language: 'fr' } }, 'policy'],
      [{ name: 'A', policy: { sessions: { idleSeconds: 7200 } } }, 'policy.sessions.idleSeconds'],
      [{ name: 'A', policy: { sessions: { absoluteSeconds: 86_401 } } }, 'policy.sessions.absoluteSeconds'],
      [{ name: 'A', policy: { sessions: { most: 6 } } }, 'policy.sessions.most'],
      [{ name: 'A', policy: { sessions: { most: 0 } } }, 'policy'],
      [{ name: 'A', policy: { sessions: { idleSeconds: 1.5 } } }, 'policy'],
      [{ name: 'A', policy: { weaker: true } }, 'policy'],
      [{ name: 'A', owner: 'me' }, ''],
    ])('%j is told as bad input', async (body, path) => {
      const answer = await call('POST', '/v1/organizations', body)
      expect([answer.status, answer.body.code]).toEqual([400, 'INPUT_INVALID'])
      expect(answer.body.errors[0].path).toContain(path)
    })
  })

  describe('seen from one of them', () => {
    let [a, b] = ['', '']
    let administrator: Visitor
    let boss: Made
    let victim: Made

    beforeAll(async () => {
      ;[a, b] = [await newOrganization(), await newOrganization()]
      boss = await makePerson(control, { organization: a, roles: ['admin'] })
      victim = await makePerson(control, { organization: b, roles: ['user'] })
      administrator = await signedIn(boss)
    })

    it('the others are not there: whatever is asked of them is 404', async () => {
      const invitation = (await call('POST', `${at(b)}/invitations`, { email: 'guest@b.example' })).body
      await call('POST', `${at(b)}/domains`, { domain: 'b.example' })
      const tries = [
        ['get', at(b)],
        ['patch', at(b), { policy: { requireMfa: true } }],
        ['delete', at(b)],
        ['get', `${at(b)}/members`],
        ['get', `${at(b)}/members/${victim.id}`],
        ['put', `${at(b)}/members/${victim.id}`, { roles: [] }],
        ['put', `${at(b)}/members/${boss.id}`, { roles: ['admin'] }],
        ['delete', `${at(b)}/members/${victim.id}`],
        ['get', `${at(b)}/invitations`],
        ['post', `${at(b)}/invitations`, { email: boss.email }],
        ['delete', `${at(b)}/invitations/${invitation.id}`],
        ['post', `${at(b)}/invitations/${invitation.id}/resend`],
        ['get', `${at(b)}/domains`],
        ['post', `${at(b)}/domains`, { domain: 'c.example' }],
        ['post', `${at(b)}/domains/b.example/verify`],
        ['delete', `${at(b)}/domains/b.example`],
        ['patch', at('org_default'), { policy: { requireMfa: true } }],
        ['get', at('org_00000000000000000000000a')],
      ] as const
      for (const [method, path, body] of tries) {
        const answer = await administrator[method](path, body)
        expect([answer.status, answer.body.code], `${method} ${path}`).toEqual([404, 'ORGANIZATION_UNKNOWN'])
      }
      expect((await administrator.get(`${at(a)}/members/${victim.id}`)).body.code).toBe('USER_UNKNOWN')
      expect((await administrator.put(`${at(a)}/members/${victim.id}`, { roles: ['user'] })).body.code).toBe(
        'USER_UNKNOWN',
      )
      expect((await administrator.delete(`${at(a)}/invitations/${invitation.id}`)).body.code).toBe('INVITATION_UNKNOWN')
      expect((await call('GET', `${at(b)}/members`)).body.items).toHaveLength(1)
    })

    it('its own is all that is listed, and its name and policy are its administrator’s, but not whether it works', async () => {
      expect((await administrator.get('/v1/organizations')).body.items.map((it: { id: string }) => it.id)).toEqual([a])
      const renamed = await administrator.patch(at(a), { name: `Renamed ${++count}`, policy: { language: 'de' } })
      expect(renamed.body.policy.language).toBe('de')
      const disabled = await administrator.delete(at(a))
      expect([disabled.status, disabled.body.code]).toEqual([403, 'PERMISSION_MISSING'])
      const made = await administrator.post('/v1/organizations', { name: `Mine ${count}` })
      expect([made.status, made.body.code]).toEqual([403, 'PERMISSION_MISSING'])
    })

    it('nobody gives away more than they hold', async () => {
      const peer = await makePerson(control, { organization: a })
      const answers = [
        await administrator.patch(at(a), { policy: { defaultRoles: ['super_admin'] } }),
        await administrator.put(`${at(a)}/members/${peer.id}`, { roles: ['super_admin'] }),
        await administrator.put(`${at(a)}/members/${peer.id}`, { roles: [], permissions: ['signing-keys:manage'] }),
        await administrator.put(`${at(a)}/members/${boss.id}`, { roles: ['super_admin'] }),
      ]
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [403, 'ROLE_EXCEEDED']))
      await makePerson(control, { roles: ['super_admin'] })
      await call('PUT', `${at(a)}/members/${peer.id}`, { roles: ['super_admin'] })
      expect((await administrator.put(`${at(a)}/members/${peer.id}`, { roles: [] })).body.code).toBe('USER_OUTRANKS')
      expect((await call('PUT', `${at(a)}/members/${peer.id}`, { roles: ['user'] })).status).toBe(200)
    })

    it('a key of it reaches it alone, and one that may only read changes nothing', async () => {
      const manage = await tenantOf(control, a).keyWith(['organizations:manage'])
      const read = await tenantOf(control, a).keyWith(['organizations:read'])
      expect((await control.call(manage.key, 'GET', at(a))).status).toBe(200)
      expect((await control.call(manage.key, 'GET', at(b))).status).toBe(404)
      expect((await control.call(read.key, 'GET', `${at(a)}/members`)).status).toBe(200)
      for (const [method, path] of [
        ['PATCH', at(a)],
        ['DELETE', `${at(a)}/members/${boss.id}`],
        ['POST', `${at(a)}/invitations`],
        ['POST', `${at(a)}/domains`],
      ] as const) {
        expect((await control.call(read.key, method, path, {})).status, `${method} ${path}`).not.toBe(200)
      }
      expect((await control.call(null, 'GET', at(a))).status).toBe(401)
    })

    it('who proved long ago who they are does it again before they change anything', async () => {
      const visitor = await signedIn(boss)
      try {
        later = 11 * MINUTE
        const tries = [
          await visitor.patch(at(a), { policy: { requireMfa: true } }),
          await visitor.put(`${at(a)}/members/${boss.id}`, { roles: ['admin'] }),
          await visitor.post(`${at(a)}/invitations`, { email: 'x@example.com' }),
          await visitor.post(`${at(a)}/domains`, { domain: 'x.example' }),
        ]
        expect(tries.map(({ body }) => body.code)).toEqual(tries.map(() => 'STEP_UP_REQUIRED'))
      } finally {
        later = 0
      }
    })
  })

  describe('members', () => {
    it('what they may changes at once, in this organization alone', async () => {
      const organization = await newOrganization()
      const person = await makePerson(control)
      const path = `${at(organization)}/members/${person.id}`
      const added = await call('PUT', path, { roles: ['user'] })
      expect(added.body).toMatchObject({ id: person.id, roles: ['user'], home: false })
      const [here, home] = [await signedIn(person, { organization }), await signedIn(person)]
      const etag = added.headers.get('etag') ?? ''
      const changed = await call(
        'PUT',
        path,
        { roles: ['analyst'], permissions: ['keys:verify'] },
        { 'if-match': etag },
      )
      expect(changed.body).toMatchObject({ roles: ['analyst'], permissions: ['keys:verify'] })
      expect([await alive(here), await alive(home)]).toEqual([false, true])
      expect((await call('PUT', path, { roles: [] }, { 'if-match': etag })).body.code).toBe('VERSION_STALE')
      const listed = (await call('GET', `${at(organization)}/members`)).body.items
      expect(listed).toMatchObject([{ id: person.id, email: person.email, roles: ['analyst'] }])
      expect((await call('PUT', `${at(organization)}/members/${NOBODY}`, { roles: [] })).body.code).toBe('USER_UNKNOWN')
    })

    it('who is removed is out at once, on every process, with their keys, and is told', async () => {
      const organization = await newOrganization()
      const person = await makePerson(control)
      const path = `${at(organization)}/members/${person.id}`
      await call('PUT', path, { roles: ['developer'] })
      const visitor = await signedIn(person, { organization })
      const made = await visitor.post('/v1/keys', { name: 'mine', scopes: ['read'] })
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      const check = () => call('POST', '/v1/keys/verify', { key: made.body.key })
      expect([(await check()).body.valid, await elsewhere(visitor)]).toEqual([true, true])
      expect((await call('DELETE', path)).status).toBe(204)
      expect([(await check()).body.valid, await alive(visitor)]).toEqual([false, false])
      await expect.poll(() => elsewhere(visitor), { timeout: 5000 }).toBe(false)
      expect((await waitForMail(tenantOf(control, organization), person.email)).template).toBe('member_removed')
      expect((await call('DELETE', path)).body.code).toBe('USER_UNKNOWN')
      expect((await tryLogin(person, { organization })).body.code).toBe('ORGANIZATION_UNKNOWN')
      await signedIn(person)
    })

    it('not out of the organization that their account belongs to', async () => {
      const organization = await newOrganization()
      const person = await makePerson(control, { organization })
      const answer = await call('DELETE', `${at(organization)}/members/${person.id}`)
      expect([answer.status, answer.body.code]).toEqual([409, 'MEMBERSHIP_HOME'])
    })

    it('the last who runs an organization stays, also when two remove each other at once', async () => {
      const organization = await newOrganization()
      const [x, y] = [await makePerson(control), await makePerson(control)]
      const path = ({ id }: Made) => `${at(organization)}/members/${id}`
      for (const person of [x, y]) await call('PUT', path(person), { roles: ['admin'] })
      const answers = await Promise.all([call('DELETE', path(x)), call('PUT', path(y), { roles: ['user'] })])
      expect(answers.map(({ status }) => status).sort()).toEqual([
        expect.toSatisfy((status) => status === 200 || status === 204),
        409,
      ])
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe('LAST_ORGANIZATION_ADMIN')
    })
  })

  describe('a policy', () => {
    it('a way to sign in that is not allowed is refused to whoever proved who they are, and to nobody else', async () => {
      const organization = await newOrganization({ methods: ['passkey', 'magic_link'] })
      const person = await makePerson(control, { organization })
      const refused = await tryLogin(person)
      expect([refused.status, refused.body.code]).toEqual([403, 'SIGN_IN_METHOD_REFUSED'])
      expect(JSON.stringify(refused.body.errors)).toContain('magic_link')
      expect(refused.headers.get('set-cookie')).toBeNull()
      const [wrong, unknown] = [
        await tryLogin({ ...person, password: 'not that one at all' }),
        await tryLogin({ email: 'nobody-here@example.com', password: 'not that one at all' }),
      ]
      const told = ({ status, body }: typeof wrong) => [status, body.code, body.detail, body.errors]
      expect(told(wrong)).toEqual(told(unknown))
      expect(wrong.body.code).toBe('SIGN_IN_FAILED')
      const visitor = openVisitor(control.url)
      const begin = async (email: string) => {
        const { next, methods } = (await visitor.post('/v1/auth/login', { email })).body
        return { next, methods }
      }
      expect(await begin(person.email)).toEqual(await begin('nobody-here@example.com'))
    })

    it('nobody goes on from another organization past what this one demands', async () => {
      const organization = await newOrganization({ methods: ['passkey'] })
      const person = await makePerson(control)
      await call('PUT', `${at(organization)}/members/${person.id}`, { roles: ['user'] })
      const visitor = await signedIn(person)
      const move = () => visitor.post('/v1/account/organization', { organization })
      expect((await move()).body.code).toBe('SIGN_IN_METHOD_REFUSED')
      await change(organization, { policy: { methods: ['password'], requireMfa: true } })
      expect((await move()).body.code).toBe('STEP_UP_REQUIRED')
    })

    it.skipIf(!canUse.oathtool)(
      'a second factor that is demanded from now on ends the sessions without one, and is enrolled at the next sign-in',
      async () => {
        const organization = await newOrganization()
        const person = await makePerson(control, { organization })
        const guest = await makePerson(control)
        await call('PUT', `${at(organization)}/members/${guest.id}`, { roles: ['user'] })
        const [visitor, atHome] = [await signedIn(person), await signedIn(guest)]
        expect(await elsewhere(visitor)).toBe(true)
        await change(organization, { policy: { requireMfa: true } })
        expect([await alive(visitor), await alive(atHome)]).toEqual([false, true])
        await expect.poll(() => elsewhere(visitor), { timeout: 5000 }).toBe(false)
        const again = openVisitor(control.url, { address: '127.0.4.1' })
        const { email, password } = person
        const standing = (await again.post('/v1/auth/login', { email, password })).body
        expect([standing.next, standing.methods]).toEqual(['enroll', expect.arrayContaining(['totp'])])
        const { flow } = standing
        const offered = (await again.post('/v1/auth/enroll/totp', { flow })).body
        const secret = new URL(offered.uri).searchParams.get('secret') ?? ''
        const code = totpOf(secret)
        const done = await again.post('/v1/auth/enroll/totp/confirm', { flow, code })
        expect([done.body.next, done.body.session?.acr]).toEqual(['done', 'aal2'])
        await change(organization, { policy: { requireMfa: false } })
        await change(organization, { policy: { requireMfa: true } })
        expect(await alive(again)).toBe(true)
      },
    )

    it('a way to sign in that is taken away ends the sessions that were begun so', async () => {
      const organization = await newOrganization()
      const visitor = await signedIn(await makePerson(control, { organization }))
      await change(organization, { policy: { methods: ['password', 'magic_link'] } })
      expect(await alive(visitor)).toBe(true)
      await change(organization, { policy: { methods: ['magic_link'] } })
      expect(await alive(visitor)).toBe(false)
      const events = (await call('GET', '/v1/audit/events?type=session.ended&limit=100')).body.items
      const ended = events.find((it: { organization: string }) => it.organization === organization)
      expect(ended.details.reason).toBe('the organization does not allow this way to sign in any more')
    })

    it('shorter times shorten sessions that are there, and longer ones lengthen none', async () => {
      const organization = await newOrganization()
      const person = await makePerson(control, { organization })
      const visitor = await signedIn(person)
      await change(organization, { policy: { sessions: { absoluteSeconds: 7200, idleSeconds: 1800 } } })
      const [session] = (await visitor.get('/v1/account/sessions')).body.items
      expect(Date.parse(session.endsAt) - Date.parse(session.createdAt)).toBe(2 * HOUR)
      await change(organization, { policy: { sessions: { absoluteSeconds: null, idleSeconds: null } } })
      const [same] = (await visitor.get('/v1/account/sessions')).body.items
      expect(same.endsAt).toBe(session.endsAt)
      try {
        await change(organization, { policy: { sessions: { idleSeconds: 1800 } } })
        for (later = 25 * MINUTE; later < 2 * HOUR; later += 25 * MINUTE) expect(await alive(visitor)).toBe(true)
        later = 2 * HOUR + 1000
        expect(await alive(visitor)).toBe(false)
        const second = await signedIn(person)
        later += 31 * MINUTE
        expect(await alive(second)).toBe(false)
      } finally {
        later = 0
      }
    })

    it('only so many sessions of one person are there as it says', async () => {
      const organization = await newOrganization({ sessions: { most: 1 } })
      const person = await makePerson(control, { organization })
      const [first, second] = [await signedIn(person), await signedIn(person)]
      expect([await alive(first), await alive(second)]).toEqual([false, true])
    })
  })

  it('who is in a disabled organization is out everywhere, and learns no more than with a wrong password', async () => {
    const organization = await newOrganization()
    const person = await makePerson(control, { organization, roles: ['developer'] })
    const visitor = await signedIn(person)
    const made = await visitor.post('/v1/keys', { name: 'mine', scopes: ['read'] })
    const ofService = await tenantOf(control, organization).keyWith(['keys:read'])
    const isValid = async (text: string) => (await call('POST', '/v1/keys/verify', { key: text })).body.valid
    const check = async () => [await isValid(made.body.key), await isValid(ofService.key)]
    expect([await check(), await elsewhere(visitor)]).toEqual([[true, true], true])
    expect((await call('DELETE', at(organization))).body.enabled).toBe(false)
    expect([await alive(visitor), await check()]).toEqual([false, [false, false]])
    await expect.poll(() => elsewhere(visitor), { timeout: 5000 }).toBe(false)
    const [right, wrong] = [await tryLogin(person), await tryLogin({ ...person, password: 'not that one at all' })]
    expect([right.status, right.body.code, right.body.detail]).toEqual([
      wrong.status,
      wrong.body.code,
      wrong.body.detail,
    ])
    await change(organization, { enabled: true })
    await signedIn(person)
    expect(await check()).toEqual([true, true])
    expect(await mailsTo(control, person.email)).toEqual([])
  })
})

describe('the command line of organizations', () => {
  it('makes, changes, lists, invites, claims and disables', async () => {
    const world = await (backends[0] as (typeof backends)[number]).open()
    try {
      const place = await openPlace(world)
      const made = await place.json(['organizations', 'create', '--name', 'Example Ltd', '--session-idle', '15m'])
      const id = String(made.id)
      expect(made.policy).toMatchObject({ sessions: { idleSeconds: 900 } })
      const changed = await place.json(['organizations', 'change', id, '--require-mfa', 'on', '--session-idle', 'none'])
      expect(changed.policy).toMatchObject({ requireMfa: true, sessions: { idleSeconds: null } })
      const person = await place.json(['users', 'create', '--email', 'ada@example.com'])
      await place.json(['organizations', 'grant', id, String(person.id), '--role', 'developer'])
      expect((await place.command(['organizations', 'members', id])).stdout).toContain('ada@example.com')
      const invitation = await place.json(['organizations', 'invite', id, 'grace@example.com', '--role', 'user'])
      expect((await place.command(['organizations', 'invitations', id])).stdout).toContain('grace@example.com')
      await place.command(['organizations', 'resend', id, String(invitation.id)])
      expect((await place.command(['organizations', 'revoke', id, String(invitation.id)])).code).toBe(0)
      const claimed = await place.command(['organizations', 'claim', id, 'example.com'])
      expect(claimed.stdout).toMatch(/_sallyport-challenge\.example\.com TXT "sallyport-verification=/)
      expect((await place.command(['organizations', 'domains', id])).stdout).toContain('claimed')
      expect((await place.command(['organizations', 'release', id, 'example.com'])).code).toBe(0)
      expect((await place.command(['organizations', 'remove', id, String(person.id)])).code).toBe(0)
      expect((await place.command(['organizations', 'show', id])).stdout).toContain('requireMfa')
      expect((await place.command(['organizations', 'disable', id])).stdout).toContain('is disabled')
      expect((await place.command(['organizations', 'list'])).stdout).toContain('disabled')
      const wrong = await place.command(['organizations', 'change', id, '--require-mfa', 'maybe'])
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('on or off')])
    } finally {
      await world.close()
    }
  })
})
