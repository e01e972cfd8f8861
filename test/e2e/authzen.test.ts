import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'

const ADA = { type: 'user', id: 'ada' }
const READ = { name: 'read' }
const ORDER = { type: 'order', id: '42' }
const ASKED = { subject: ADA, action: READ, resource: ORDER }
const EVALUATION = '/access/v1/evaluation'
const EVALUATIONS = '/access/v1/evaluations'

describe.each(backends)('AuthZEN on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let asker: string

  beforeAll(async () => {
    world = await open()
    control = await openControl(world)
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    asker = (await control.keyWith(['access:evaluate'])).key
    const text =
      'permit (principal == User::"ada", action == Action::"read", resource is Order) when { resource.open };'
    const made = await control.call(admin, 'POST', '/v1/policies', { name: 'open-orders', text: guarded(text) })
    expect(made.status).toBe(201)
    const items = [
      { type: 'order', id: '42', properties: { open: true } },
      { type: 'order', id: '43', properties: { open: false } },
      { type: 'order', id: '44', properties: { open: true } },
      { type: 'user', id: 'ada' },
      { type: 'user', id: 'bob' },
    ]
    expect((await control.call(admin, 'PUT', '/v1/entities', { items })).status).toBe(204)
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const ask = (path: string, body: unknown, headers?: Record<string, string>) =>
    control.call(asker, 'POST', path, body, headers)
  const decide = async (body: unknown) => (await ask(EVALUATION, body)).body.decision

  it('decides, and what is not known is ignored', async () => {
    expect(await decide(ASKED)).toBe(true)
    expect(await decide({ ...ASKED, resource: { type: 'order', id: '43' } })).toBe(false)
    expect(await decide({ ...ASKED, action: { name: 'write' } })).toBe(false)
    expect(await decide({ ...ASKED, subject: { type: 'user', id: 'bob' } })).toBe(false)
    expect(await decide({ ...ASKED, hint: 1, subject: { ...ADA, mood: 'good' }, context: { more: [null, 1.5] } })).toBe(
      true,
    )
  })

  it('tells policies the properties of the action, and takes none that are no object or nested too deeply', async () => {
    const text =
      'permit (principal, action == Action::"refund", resource) when { context.actionProperties.cents < 500 };'
    expect((await control.call(admin, 'POST', '/v1/policies', { name: 'small-refunds', text })).status).toBe(201)
    const refund = (properties: unknown, more: object = {}) => ({
      ...ASKED,
      resource: { type: 'invoice', id: '1' },
      action: { name: 'refund', properties },
      ...more,
    })
    expect(await decide(refund({ cents: 499 }))).toBe(true)
    expect(await decide(refund({ cents: 500 }))).toBe(false)
    expect(await decide(refund({ cents: 500 }, { context: { actionProperties: { cents: 1 } } }))).toBe(false)
    const deep = JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`)
    for (const properties of ['cents', [499], 499, null, deep]) {
      const refused = await ask(EVALUATION, refund(properties))
      expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'action.properties'])
    }
  })

  it('believes what is known here before what the asker says', async () => {
    const told = { type: 'order', id: '43', properties: { open: true } }
    expect(await decide({ ...ASKED, resource: told })).toBe(false)
    expect(await decide({ ...ASKED, resource: { ...told, id: '99' } })).toBe(true)
  })

  it('asks people and services of ours what they really hold', async () => {
    const person = await makePerson(control, { roles: ['read_only'] })
    const subject = { type: 'user', id: person.id, properties: { roles: ['super_admin'], permissions: ['*'] } }
    const invoice = { type: 'invoices', id: '7' }
    expect(await decide({ subject, action: READ, resource: invoice })).toBe(true)
    expect(await decide({ subject, action: { name: 'delete' }, resource: invoice })).toBe(false)
    const { body } = await control.call(admin, 'POST', '/v1/services', {
      name: 'biller',
      permissions: ['invoices:delete:own'],
    })
    const service = { type: 'service', id: body.id }
    const own = { ...invoice, properties: { owner: body.id } }
    expect(await decide({ subject: service, action: { name: 'delete' }, resource: own })).toBe(true)
    expect(await decide({ subject: service, action: { name: 'delete' }, resource: invoice })).toBe(false)
    const grant = { principal: body.id, permission: 'invoices:delete:7', reason: 'once' }
    expect((await control.call(admin, 'POST', '/v1/grants', grant)).status).toBe(201)
    expect(await decide({ subject: service, action: { name: 'delete' }, resource: invoice })).toBe(true)
  })

  it('knows clients of the authorization server as the services that they are at the gateway', async () => {
    const client = { name: 'collector', grants: ['client_credentials'], scopes: [], permissions: ['receipts:read'] }
    const { body } = await control.call(admin, 'POST', '/v1/clients', client)
    const asked = { subject: { type: 'service', id: body.id }, action: READ, resource: { type: 'receipts', id: '7' } }
    expect(await decide(asked)).toBe(true)
    expect(await decide({ ...asked, action: { name: 'delete' } })).toBe(false)
    await control.call(admin, 'PATCH', `/v1/clients/${body.id}`, { enabled: false })
    expect(await decide(asked)).toBe(false)
  })

  it.each([
    ['no subject', { action: READ, resource: ORDER }],
    ['a number for a name', { ...ASKED, action: { name: 123 } }],
    ['a number for an id', { ...ASKED, resource: { type: 'order', id: 42 } }],
    ['an id that is empty', { ...ASKED, subject: { type: 'user', id: '' } }],
    ['a subject that is a text', { ...ASKED, subject: 'ada' }],
    ['properties that are a list', { ...ASKED, subject: { ...ADA, properties: [] } }],
    ['a context that is a text', { ...ASKED, context: 'now' }],
    ['an id that is too long', { ...ASKED, resource: { type: 'order', id: 'x'.repeat(257) } }],
    ['halves of characters', { ...ASKED, resource: { type: 'order', id: '\ud800' } }],
    ['what is nested without end', { ...ASKED, context: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) }],
    ['a list', [ASKED]],
  ])('is 400 for %s', async (_what, body) => {
    expect((await ask(EVALUATION, body)).status).toBe(400)
  })

  it('is 400 for another content type, for what is no JSON, and for __proto__', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      const { status, body } = await ask(EVALUATION, JSON.stringify(ASKED), { 'content-type': type })
      expect([type, status, body.code]).toEqual([type, 400, 'INPUT_INVALID'])
    }
    expect((await ask(EVALUATION, '{"subject":')).status).toBe(400)
    expect((await ask(EVALUATION, '{"__proto__":{},"subject":{}}')).status).toBe(400)
    expect((await ask(EVALUATION, '')).status).toBe(400)
  })

  it('sends the id of a request back as it came', async () => {
    for (const id of ['bfe9eb29-ab87-4ca3-be83-a1d5d8305716', '7', 'a/b:c']) {
      const { headers } = await ask(EVALUATION, ASKED, { 'x-request-id': id })
      expect(headers.get('x-request-id')).toBe(id)
    }
    expect((await ask(EVALUATION, ASKED)).headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('is for those alone who may ask', async () => {
    const other = (await control.keyWith(['access:read'])).key
    expect((await control.call(other, 'POST', EVALUATION, ASKED)).status).toBe(403)
    expect((await control.call(null, 'POST', EVALUATION, ASKED)).status).toBe(401)
    expect((await control.call(null, 'POST', '/access/v1/search/subject', ASKED)).status).toBe(401)
  })

  describe('a batch', () => {
    const resources = ['42', '43', '44'].map((id) => ({ resource: { type: 'order', id } }))
    const batch = async (more: object) =>
      (await ask(EVALUATIONS, { subject: ADA, action: READ, evaluations: resources, ...more })).body.evaluations
    const semantic = (name: string) => ({ options: { evaluations_semantic: name } })
    const [yes, no] = [{ decision: true }, { decision: false }]

    it('answers each by what stands beside', async () => {
      expect(await batch({})).toEqual([yes, no, yes])
      expect(await batch(semantic('execute_all'))).toEqual([yes, no, yes])
      const others = [{ subject: { type: 'user', id: 'bob' } }, { action: { name: 'write' } }, {}]
      expect(await batch({ resource: ORDER, evaluations: others })).toEqual([no, no, yes])
    })

    it('ends with the first deny or the first permit where that is asked for', async () => {
      expect(await batch(semantic('deny_on_first_deny'))).toEqual([yes, no])
      expect(await batch(semantic('permit_on_first_permit'))).toEqual([yes])
      const reversed = { evaluations: resources.slice(1) }
      expect(await batch({ ...reversed, ...semantic('permit_on_first_permit') })).toEqual([no, yes])
    })

    it('denies an item that is no question, says why, and answers the others', async () => {
      const items = [{ resource: { type: 'order' } }, 7, { resource: ORDER }]
      const [first, second, third] = await batch({ evaluations: items })
      expect(first).toEqual({ decision: false, context: { error: { status: 400, message: 'resource.id is missing' } } })
      expect(second.decision).toBe(false)
      expect(third).toEqual(yes)
    })

    it('without items is one question', async () => {
      expect((await ask(EVALUATIONS, ASKED)).body).toEqual(yes)
      expect((await ask(EVALUATIONS, { ...ASKED, evaluations: [] })).body).toEqual(yes)
      expect((await ask(EVALUATIONS, { subject: ADA, evaluations: [] })).status).toBe(400)
    })

    it('is 400 where it is too large, no list, or wants what is not there', async () => {
      const many = Array.from({ length: 501 }, () => ({}))
      expect((await ask(EVALUATIONS, { ...ASKED, evaluations: many })).status).toBe(400)
      expect((await ask(EVALUATIONS, { ...ASKED, evaluations: 'all' })).status).toBe(400)
      expect((await ask(EVALUATIONS, { ...ASKED, evaluations: [{}], ...semantic('whatever') })).status).toBe(400)
    })
  })

  describe('a search', () => {
    const search = async (what: string, body: object) => (await ask(`/access/v1/search/${what}`, body)).body

    it('finds who may, on what, and what', async () => {
      const page = { next_token: '' }
      const found = await search('subject', { ...ASKED, subject: { type: 'user' } })
      expect(found.results).toContainEqual(ADA)
      expect(found.results).not.toContainEqual({ type: 'user', id: 'bob' })
      expect(found.page).toEqual(page)
      const orders = ['42', '44'].map((id) => ({ type: 'order', id }))
      expect(await search('resource', { ...ASKED, resource: { type: 'order', id: 'ignored' } })).toEqual({
        results: orders,
        page,
      })
      expect(await search('action', { subject: ADA, resource: ORDER })).toEqual({ results: [READ], page })
    })

    it('comes page by page', async () => {
      const body = { ...ASKED, resource: { type: 'order' }, page: { limit: 1 } }
      const first = await search('resource', body)
      expect(first.results).toEqual([ORDER])
      const second = await search('resource', { ...body, page: { limit: 1, token: first.page.next_token } })
      expect(second.results).toEqual([{ type: 'order', id: '44' }])
      const last = await search('resource', { ...body, page: { limit: 1, token: second.page.next_token } })
      expect(last).toEqual({ results: [], page: { next_token: '' } })
    })

    it('finds nothing of a type that nobody knows, and takes no token or limit that is none', async () => {
      expect((await search('resource', { ...ASKED, resource: { type: 'unicorn' } })).results).toEqual([])
      expect((await search('subject', { ...ASKED, subject: { type: 'unicorn' } })).results).toEqual([])
      for (const page of [{ token: 'a b' }, { token: 7 }, { limit: 0 }, { limit: '5' }, { limit: 1001 }]) {
        expect((await ask('/access/v1/search/subject', { ...ASKED, subject: { type: 'user' }, page })).status).toBe(400)
      }
    })

    it('goes on to the last of many', async () => {
      const { body } = await control.call(admin, 'POST', '/v1/services', {
        name: 'first of many',
        scopes: [],
        permissions: ['ledgers:read'],
      })
      const { store } = control.serving.system
      type Tables = { service: { id: string; name: string } }
      await store.across('a test', () =>
        store.write(async (tx) => {
          const db = tx.tables<Tables>()
          const row = await db.selectFrom('service').selectAll().where('id', '=', body.id).executeTakeFirstOrThrow()
          const more = Array.from({ length: 1200 }, (_, at) => ({
            ...row,
            id: `svc_${String(at).padStart(24, '0')}`,
            name: `many ${at}`,
          }))
          for (let at = 0; at < more.length; at += 300) {
            await db
              .insertInto('service')
              .values(more.slice(at, at + 300))
              .execute()
          }
        }),
      )
      const found = new Set<string>()
      const asked = { subject: { type: 'service' }, action: READ, resource: { type: 'ledgers', id: '1' } }
      let token = ''
      do {
        const page = await search('subject', { ...asked, page: { limit: 1000, token } })
        for (const { id } of page.results) found.add(id)
        token = page.page.next_token
      } while (token !== '')
      expect([...found].filter((id) => id.startsWith('svc_00000000'))).toHaveLength(1200)
      expect(found.has(body.id)).toBe(true)
    })

    it('finds people of ours', async () => {
      const person = await makePerson(control, { roles: ['read_only'] })
      const { results } = await search('subject', {
        subject: { type: 'user' },
        action: READ,
        resource: { type: 'invoices', id: '1' },
      })
      expect(results).toContainEqual({ type: 'user', id: person.id })
      expect(results).not.toContainEqual(ADA)
    })
  })

  it('says where it is', async () => {
    const { status, body } = await control.call(null, 'GET', '/.well-known/authzen-configuration')
    expect(status).toBe(200)
    expect(body.policy_decision_point).toBe(control.serving.system.config.issuer)
    const { signed_metadata: signed, ...told } = body
    const paths = Object.values(told as Record<string, string>).map((address) => new URL(address).pathname)
    expect(paths).toContain('/access/v1/search/action')
    expect(paths).toContain(EVALUATIONS)
    const { jwks_uri: at } = (await control.call(null, 'GET', '/.well-known/oauth-authorization-server')).body
    const keys = createLocalJWKSet((await control.call(null, 'GET', new URL(at).pathname)).body)
    const { payload } = await jwtVerify(signed, keys, { issuer: body.policy_decision_point, typ: 'metadata+jwt' })
    expect(payload).toEqual({ ...told, iss: body.policy_decision_point, iat: payload.iat })
    expect((await control.call(null, 'GET', '/.well-known/authzen-configuration')).body.signed_metadata).toBe(signed)
  })

  it('is explained, part by part, to who may read what there is', async () => {
    const { status, body } = await control.call(admin, 'POST', '/v1/access/explain', ASKED)
    expect(status).toBe(200)
    expect(body).toMatchObject({ allowed: true, decidedBy: 'policy', because: ['open-orders'] })
    expect(body.parts.map(({ part }: { part: string }) => part)).toEqual(['policy', 'permission', 'relation'])
    expect(body.parts[1].answer).toEqual({ outcome: 'none', because: [] })
    expect((await control.call(asker, 'POST', '/v1/access/explain', ASKED)).status).toBe(403)
  })

  it('leaves an Event of every deny, with who asked, and not of every allow', async () => {
    const subject = { type: 'user', id: 'mallory' }
    await ask(EVALUATION, { ...ASKED, subject })
    for (let i = 0; i < 40; i++) expect((await ask(EVALUATION, ASKED)).body.decision).toBe(true)
    await control.serving.system.audit.flush()
    const recorded = async (type: string) =>
      (await control.call(admin, 'GET', `/v1/audit/events?type=${type}&limit=100`)).body.items
    const items = await recorded('access.denied')
    const found = items.find(({ principal }: { principal: string }) => principal === 'mallory')
    expect(found).toMatchObject({
      resource: 'order:42',
      outcome: 'denied',
      details: { action: 'read', decidedBy: null },
    })
    expect(found.details.askedBy).toMatch(/^svc_/)
    expect((await recorded('access.allowed')).length).toBeLessThan(40)
  })

  // An order that nobody described is none that policies say anything of.
  function guarded(text: string): string {
    return text.replace('resource.open', 'resource has open && resource.open')
  }
})
