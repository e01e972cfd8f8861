import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Grants } from '../../src/access/index.ts'
import { loadConfig } from '../../src/config/index.ts'
import { type Caller, DEFAULT_ORGANIZATION, parseAddress, type Request } from '../../src/core/index.ts'
import { newKeyOf } from '../../src/keys/index.ts'
import { createLog, openSystem, operator, type System } from '../../src/server/index.ts'
import { asCommand } from '../support/as-command.ts'
import { backends, type World } from '../support/backends.ts'

const DAY = 86_400_000
const MASTER = randomBytes(32).toString('base64')

describe.each(backends)('the keys of people on $name', ({ open }) => {
  let world: World
  let system: System
  let bare: System
  const people = new Map<string, Grants>()
  const proved = new Set<string>()
  const caller: Caller = { principal: operator, address: null, userAgent: null, requestId: null }

  const start = async (withPeople: boolean) => {
    const env = {
      SALLYPORT_DATABASE_URL: world.databaseUrl,
      SALLYPORT_MASTER_KEY: MASTER,
      ...(world.redisUrl === null
        ? {}
        : { SALLYPORT_REDIS_URL: world.redisUrl, SALLYPORT_REDIS_PREFIX: world.redisPrefix }),
    }
    const loaded = await loadConfig({ cwd: world.dataDir, env, overrides: { data: world.dataDir } })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const clock = { now: Date.now }
    const opened = { config: loaded.value, clock, log: createLog('fatal') }
    const given = !withPeople
      ? {}
      : ({
          people: {
            grantsOf: async ({ id }, organization) =>
              organization === DEFAULT_ORGANIZATION ? (people.get(id) ?? null) : null,
            mfaOf: async (owner, request) => proved.has(`${owner.id} ${request.id}`),
          },
        } satisfies Pick<Parameters<typeof openSystem>[0], 'people'>)
    return asCommand(await openSystem({ ...opened, ...given }))
  }

  beforeAll(async () => {
    world = await open()
    system = await start(true)
    bare = await start(false)
  })

  afterAll(async () => {
    await system?.stop()
    await bare?.stop()
    await world?.close()
  })

  let persons = 0
  const person = (...roles: string[]) => {
    const id = `usr_person${++persons}`
    people.set(id, { roles, scopes: [], permissions: [] })
    return { kind: 'user', id } as const
  }
  const make = (owner: { kind: 'user'; id: string }, more: object = {}) =>
    system.keys.create({ ...newKeyOf({ name: 'mine', owner }), ...more }, caller, null)
  const made = async (owner: { kind: 'user'; id: string }, more: object = {}) => {
    const answer = await make(owner, more)
    if (!answer.ok || answer.value.secret === null) throw new Error(JSON.stringify(answer))
    return { ...answer.value.key, text: answer.value.secret.reveal() }
  }
  const tell = (id: string) => system.store.write((tx) => tx.announce('user', id))

  it.each([
    ['super_admin', 5, 30],
    ['admin', 10, 45],
    ['manager', 15, 60],
    ['developer', 20, 90],
    ['analyst', 10, 90],
    ['support', 15, 60],
    ['read_only', 25, 180],
  ])('%s: %i of them, whatever their classification, each for %i days (K8)', async (role, most, days) => {
    const owner = person(role)
    const classes = ['LOW', 'MEDIUM', 'HIGH'] as const
    for (let i = 0; i < most; i++) await made(owner, { classification: classes[i % 3], expiresAt: Date.now() + DAY })
    const more = await make(owner)
    expect(more).toMatchObject({ ok: false, problem: { code: 'KEY_LIMIT_REACHED' } })
    const other = await made(person(role))
    expect(Math.round((other.expiresAt - Date.now()) / DAY)).toBe(days)
    const late = await make(person(role), { expiresAt: Date.now() + (days + 1) * DAY })
    expect(late).toMatchObject({ ok: false, problem: { code: 'INPUT_INVALID', errors: [{ path: 'expiresAt' }] } })
  })

  it('a classification that is stricter than the role counts', async () => {
    const key = await made(person('read_only'), { classification: 'CRITICAL' })
    expect(Math.round((key.expiresAt - Date.now()) / DAY)).toBe(30)
  })

  it('of several roles the strictest counts; without a role there is no key', async () => {
    const key = await made(person('read_only', 'super_admin'))
    expect(Math.round((key.expiresAt - Date.now()) / DAY)).toBe(30)
    expect(await make(person())).toMatchObject({ ok: false })
    expect(await make(person('wizard'))).toMatchObject({ ok: false })
  })

  it('made at once are still no more than the role allows', async () => {
    const owner = person('super_admin')
    const answers = await Promise.all(Array.from({ length: 15 }, () => make(owner)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(5)
  })

  it('give no more than the person holds now: a role taken away takes effect (K9)', async () => {
    const owner = person('developer')
    expect(await make(owner, { permissions: ['orders:delete'] })).toMatchObject({
      problem: { code: 'GRANT_EXCEEDED', errors: [{ message: 'this person does not hold "orders:delete"' }] },
    })
    const key = await made(owner, { scopes: ['read', 'write'], permissions: ['orders:write', 'orders:read'] })
    const codeOf = async (more: object) => (await system.keys.verify({ key: key.text, ...more })).code
    expect(await codeOf({ permissions: ['orders:write'], scopes: ['write'] })).toBe('VALID')
    people.set(owner.id, { roles: ['analyst'], scopes: [], permissions: [] })
    await tell(owner.id)
    expect(await codeOf({ permissions: ['orders:write'] })).toBe('PERMISSION_MISSING')
    expect(await codeOf({ scopes: ['write'] })).toBe('SCOPE_MISSING')
    expect(await codeOf({ permissions: ['orders:read'], scopes: ['read'] })).toBe('VALID')
    people.delete(owner.id)
    await tell(owner.id)
    expect(await codeOf({})).toBe('KEY_INACTIVE')
  })

  it('are refused where nobody says who people are', async () => {
    const key = await made(person('developer'))
    expect((await bare.keys.verify({ key: key.text })).code).toBe('KEY_INACTIVE')
    const refused = await bare.keys.create(newKeyOf({ name: 'x', owner: key.owner }), caller, null)
    expect(refused).toMatchObject({ ok: false, problem: { code: 'INPUT_INVALID', errors: [{ path: 'owner.id' }] } })
  })

  it('that demand a second factor pass only in a request in which it was proved', async () => {
    const key = await made(person('developer'), { requireMfa: true })
    proved.add(`${key.owner.id} req_with`)
    const known = await system.keys.authenticator({ query: false }).authenticate(requestOf('req_with', key.text))
    // The code goes no further than the key itself.
    const spent = { headers: ['x-api-key', 'x-mfa-code'] }
    expect(known).toMatchObject({ is: 'known', principal: { id: key.owner.id }, spent })
    const refused = await system.keys.authenticator({ query: false }).authenticate(requestOf('req_without', key.text))
    expect(refused).toMatchObject({ is: 'refused', problem: { code: 'MFA_REQUIRED' } })
    expect((await system.keys.verify({ key: key.text })).code).toBe('MFA_REQUIRED')
    expect((await system.keys.verify({ key: key.text, mfa: true })).code).toBe('VALID')
  })
})

function requestOf(id: string, key: string): Request {
  const client = parseAddress('192.0.2.7')
  if (client === null) throw new Error('no address')
  return {
    id,
    method: 'GET',
    host: 'example.com',
    path: '/',
    query: '',
    header: (name) => (name === 'x-api-key' ? key : undefined),
    headerCount: (name) => (name === 'x-api-key' ? 1 : 0),
    client,
    receivedAt: Date.now(),
  }
}
