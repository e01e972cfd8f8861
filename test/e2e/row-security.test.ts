import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { operator } from '../../src/server/index.ts'
import { createMemoryBus, openStore } from '../../src/store/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { askPostgres } from '../support/postgres.ts'
import { tenantOf } from '../support/tenants.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const large = backends.filter(({ name }) => name === 'postgres and redis')

const PERMISSIONS = ['keys', 'services', 'clients', 'users', 'access', 'policies', 'relations', 'notices'].map(
  (name) => `${name}:*`,
)

/** Tables whose rows are of no organization, because they begin before one is known or are of the whole installation. */
const OF_NOBODY = [
  'audit_checkpoint',
  'audit_log',
  'challenge',
  'change',
  'event',
  'gateway_version',
  'idempotency',
  'inventory_name',
  'inventory_path',
  'key_expiry',
  'key_pepper',
  'lease',
  'logout_notice',
  'migration',
  'one_time_code',
  'refresh_replay',
  'secret_data_key',
  'secret_kept',
  'secret_master',
  'secret_reseal',
  'sign_in',
  'sign_in_failure',
  'signing_key',
  'token_revocation',
  'token_seen',
  'webhook_position',
]

const LISTS = [
  '/v1/keys',
  '/v1/services',
  '/v1/users',
  '/v1/clients',
  '/v1/policies',
  '/v1/grants',
  '/v1/entities?type=order',
  '/v1/webhooks',
  '/v1/notices/outbox',
  '/v1/relations',
  '/v1/clients/registration-tokens',
]

const ORGANIZATION_ASKED = /(?:"?[a-z_]+"?\.)?"?organization"? = \$(\d+)/g

/** Takes every mention of the organization out of every query that reads, as if nobody had written them. */
function forgetOrganizations(): { readonly forgotten: () => number } {
  let forgotten = 0
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: unknown, ...given: unknown[]) {
    const [text, ...rest] = given
    if (typeof text !== 'string' || !/^\s*(select|with)/i.test(text)) return query.apply(this, given)
    const without = text.replaceAll(ORGANIZATION_ASKED, '($$$1::text is not null)')
    if (without !== text) forgotten++
    return query.apply(this, [without, ...rest])
  } as never)
  return { forgotten: () => forgotten }
}

type Tenant = {
  readonly id: string
  readonly key: string
  /** What must be seen by its own members and by nobody else. */
  readonly marks: readonly string[]
  readonly visitor: Visitor
}

describe.each(large)('rows of organizations on $name', ({ open }) => {
  let world: World
  let control: Control
  let one: Tenant
  let other: Tenant

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { issuerHost: '127.0.0.1' })
    one = await openTenant('one')
    other = await openTenant('other')
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  async function openTenant(name: string): Promise<Tenant> {
    const ruler = (await control.keyWith(['*'], { scopes: ['*'] })).key
    const made = await control.call(ruler, 'POST', '/v1/organizations', { name })
    const id: string = made.body.id
    const person = await makePerson(control, { organization: id, roles: ['admin'] })
    const { key } = await tenantOf(control, id).keyWith(PERMISSIONS, { scopes: ['*'] })
    const mark = `mark-${randomBytes(6).toString('hex')}`
    const wishes: [string, string, object][] = [
      ['POST', '/v1/services', { name: mark }],
      ['POST', '/v1/clients', { name: mark, redirectUris: ['https://app.example.com/cb'] }],
      ['POST', '/v1/policies', { name: mark, text: 'permit(principal, action == Action::"read", resource);' }],
      ['POST', '/v1/grants', { principal: person.id, permission: 'keys:read', reason: mark }],
      ['PUT', '/v1/entities', { items: [{ type: 'order', id: mark }] }],
      ['POST', '/v1/webhooks', { name: mark, url: 'https://hooks.example.com/x', events: ['key.*'] }],
      ['PUT', '/v1/relations/model', { types: { user: {}, order: { relations: { owner: { direct: ['user'] } } } } }],
      ['POST', '/v1/relations', { write: [{ object: `order:${mark}`, relation: 'owner', subject: 'user:ada' }] }],
      ['POST', '/v1/clients/registration-tokens', { name: mark }],
    ]
    for (const [method, path, body] of wishes) {
      const answer = await control.call(key, method, path, body)
      expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300)
    }
    const invited = `${mark}@example.com`
    await control.call(ruler, 'POST', `/v1/organizations/${id}/invitations`, { email: invited })
    const visitor = openVisitor(control.url, { address: `127.0.4.${randomBytes(1).readUInt8()}` })
    const { email, password } = person
    expect((await visitor.post('/v1/auth/login', { email, password, organization: id })).body.next).toBe('done')
    return { id, key, marks: [mark, email], visitor }
  }

  const seen = (text: string, { marks }: Tenant): boolean => marks.some((mark) => text.includes(mark))

  it.each(LISTS)('%s shows a member their own alone when no query names an organization', async (path) => {
    const { forgotten } = forgetOrganizations()
    for (const [mine, theirs] of [
      [one, other],
      [other, one],
    ] as const) {
      for (const ask of [() => control.call(mine.key, 'GET', path), () => mine.visitor.get(path)]) {
        const { status, body } = await ask()
        const text = JSON.stringify(body)
        expect([status, path === '/v1/keys' || seen(text, mine), seen(text, theirs)], text).toEqual([200, true, false])
        if (path === '/v1/keys') expect(body.items.map((it: { name: string }) => it.name)).toEqual(['test'])
      }
    }
    expect(forgotten()).toBeGreaterThan(0)
  })

  it('the same query shows everything to work across all: it is not the code that holds it back here', async () => {
    const { forgotten } = forgetOrganizations()
    const caller = { principal: { ...operator, organization: one.id }, address: null, userAgent: null, requestId: null }
    const services = await control.serving.system.keys.services.list({ before: null, limit: 100 }, caller)
    const text = JSON.stringify(services)
    expect([forgotten(), seen(text, one), seen(text, other)]).toEqual([1, true, true])
  })

  it('members and invitations of another organization are not there either', async () => {
    forgetOrganizations()
    for (const what of ['members', 'invitations']) {
      const own = await one.visitor.get(`/v1/organizations/${one.id}/${what}`)
      expect([own.status, seen(JSON.stringify(own.body), one), seen(JSON.stringify(own.body), other)]).toEqual([
        200,
        true,
        false,
      ])
      expect((await one.visitor.get(`/v1/organizations/${other.id}/${what}`)).status).toBe(404)
    }
  })

  it('what another organization has is neither read, changed nor ended by its id', async () => {
    const { body: theirs } = await control.call(other.key, 'GET', '/v1/services')
    const { id } = theirs.items.find((it: { name: string }) => other.marks.includes(it.name))
    forgetOrganizations()
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { description: 'taken over' }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await control.call(one.key, method, `/v1/services/${id}`, body)
      expect([method, answer.status]).toEqual([method, 404])
    }
    vi.restoreAllMocks()
    expect((await control.call(other.key, 'GET', `/v1/services/${id}`)).body.description).toBe('')
  })

  it('every table that names an organization, or hangs on one that does, is held to it', async () => {
    const tables = await ask<{ name: string; held: boolean; names: boolean }>(`
      select t.table_name as name, c.relrowsecurity and c.relforcerowsecurity and exists
          (select 1 from pg_policies p where p.tablename = t.table_name and p.policyname = 'sallyport_rows') as held,
        t.table_name = 'organization' or exists (select 1 from information_schema.columns n
          where n.table_name = t.table_name and n.table_schema = t.table_schema and n.column_name = 'organization') as names
      from information_schema.tables t join pg_class c on c.oid = format('%I.%I', t.table_schema, t.table_name)::regclass
      where t.table_schema = 'public' order by 1`)
    expect(tables.filter(({ names, held }) => names && !held)).toEqual([])
    expect(tables.filter(({ names }) => names).length).toBeGreaterThan(20)
    // A new table without an organization is one that somebody thought about.
    expect(tables.filter(({ held }) => !held).map(({ name }) => name)).toEqual(OF_NOBODY)
  })

  it('no table gives a query without a WHERE the rows of another organization, or any row outside of a scope', async () => {
    const bus = createMemoryBus()
    const store = await openStore({ url: world.databaseUrl, migrations: {}, migrate: false, bus, clock: systemClock })
    const named = await ask<{ name: string }>(`select table_name as name from information_schema.columns
      where column_name = 'organization' and table_schema = 'public' order by 1`)
    const organizationsIn = async (table: string): Promise<unknown[]> => {
      const all = await sql<{
        organization: string
      }>`select distinct organization from ${sql.table(table)} order by 1`.execute(store.tables())
      return all.rows.map(({ organization }) => organization)
    }
    let filled = 0
    for (const { name } of named) {
      expect([name, await organizationsIn(name)]).toEqual([name, []])
      const inOne = await store.within(one.id, () => organizationsIn(name))
      // A person is of every organization that they are in, and has one as home.
      if (name !== 'person') expect([name, inOne.filter((it) => it !== one.id)]).toEqual([name, []])
      filled += inOne.length
    }
    expect(filled).toBeGreaterThan(10)
    await store.close()
  })

  it('the role of the application sees nothing, then one organization, and writes into no other', async () => {
    const role = `test_${randomBytes(6).toString('hex')}`
    await askPostgres(world.databaseUrl, `create role ${role} login password 'test' in role sallyport_app`)
    const url = new URL(world.databaseUrl)
    Object.assign(url, { username: role, password: 'test' })
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    const count = async () => (await client.query('select distinct organization from api_key')).rows
    try {
      expect(await count()).toEqual([])
      await client.query(`select set_config('sallyport.organization', $1, false)`, [one.id])
      expect(await count()).toEqual([{ organization: one.id }])
      const moved = client.query('update api_key set organization = $1', [other.id])
      await expect(moved).rejects.toThrow('violates row-level security policy')
      const renamed = await client.query(`update service set name = name where organization = $1`, [other.id])
      expect(renamed.rowCount).toBe(0)
      const tagged = client.query(`insert into api_key_tag (key_id, tag) values ('key_of_another', 'x')`)
      await expect(tagged).rejects.toThrow('violates row-level security policy')
    } finally {
      await client.end()
      await askPostgres(world.databaseUrl, `drop role ${role}`)
    }
  })

  async function ask<R extends pg.QueryResultRow>(text: string): Promise<R[]> {
    const client = new pg.Client({ connectionString: world.databaseUrl })
    await client.connect()
    try {
      return (await client.query<R>(text)).rows
    } finally {
      await client.end()
    }
  }
})
