import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canUse, redis, type World } from '../support/backends.ts'
import { type Cable, openCable } from '../support/cable.ts'
import { eventually, openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const ISSUER = 'http://127.0.0.1:1'
const SETTINGS = {
  SALLYPORT_ISSUER: ISSUER,
  SALLYPORT_IDENTITY_PASSWORDS_BREACH_MODE: 'off',
  SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
}

type Nodes = {
  readonly place: Place
  readonly a: RunningSallyport
  readonly b: RunningSallyport
  readonly admin: string
  readonly stop: () => Promise<void>
}

async function openNodes(world: World, env: Record<string, string> = {}): Promise<Nodes> {
  const place = await openPlace(world)
  const admin = String(
    (await place.json(['keys', 'create', '--name', 'admin', '--permission', '*', '--scope', '*'])).key,
  )
  const serve = () => place.serve({ role: 'control', env: { ...SETTINGS, ...env } })
  const a = await serve()
  const b = await serve()
  return { place, a, b, admin, stop: async () => void (await Promise.all([a.stop(), b.stop()])) }
}

type User = { readonly id: string; readonly email: string; readonly password: string }

async function manage({ a, admin }: Nodes, method: string, path: string, body?: object) {
  const headers = { 'x-api-key': admin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const answer = await fetch(`${a.control}${path}`, init)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} is ${answer.status}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}

async function makeUser(nodes: Nodes, roles: readonly string[] = ['user']): Promise<User> {
  const email = `p${randomBytes(6).toString('hex')}@example.com`
  const password = `correct horse ${randomBytes(8).toString('hex')}`
  const made = await manage(nodes, 'POST', '/v1/users', { email, name: 'Ada', password, verified: true, roles })
  return { id: made.id, email, password }
}

async function signIn({ a }: Nodes, { email, password }: User): Promise<Visitor> {
  const visitor = openVisitor(a.control, { origin: ISSUER })
  const { body } = await visitor.post('/v1/auth/login', { email, password })
  expect(body.next, JSON.stringify(body)).toBe('done')
  return visitor
}

const onB = async ({ b }: Nodes, visitor: Visitor, path = '/v1/account') =>
  (await visitor.get(`${b.control}${path}`)).status

/** What somebody does at node A, and what of the sessions that others have must hold at node B no more. */
const CHANGES: readonly (readonly [string, (nodes: Nodes, user: User, own: Visitor) => Promise<unknown>])[] = [
  [
    'password change',
    async (_nodes, { password }, own) => {
      const wish = { current: password, password: `another horse ${randomBytes(6).toString('hex')}` }
      expect((await own.post('/v1/auth/password/change', wish)).status).toBe(204)
    },
  ],
  ['lock by an administrator', (nodes, { id }) => manage(nodes, 'POST', `/v1/users/${id}/lock`, {})],
  ['disabling', (nodes, { id }) => manage(nodes, 'PATCH', `/v1/users/${id}`, { enabled: false })],
  [
    'new password by an administrator',
    (nodes, { id }) => manage(nodes, 'POST', `/v1/users/${id}/password-reset`, { mode: 'one_time' }),
  ],
  ['end of all sessions by an administrator', (nodes, { id }) => manage(nodes, 'DELETE', `/v1/users/${id}/sessions`)],
  [
    'end of the other sessions by their person',
    async (_nodes, _user, own) => expect((await own.delete('/v1/account/sessions?which=others')).status).toBe(200),
  ],
  ['deletion', (nodes, { id }) => manage(nodes, 'DELETE', `/v1/users/${id}`)],
]

describe.each(backends)('sessions on two nodes, $name', ({ open }) => {
  let world: World
  let nodes: Nodes

  beforeAll(async () => {
    world = await open()
    nodes = await openNodes(world)
  })
  afterAll(async () => {
    await nodes?.stop()
    await world?.close()
  })

  it.each(CHANGES)(
    'after a %s on one, every session it ends is refused on the other within a second',
    async (...it) => {
      const [, change] = it
      const user = await makeUser(nodes)
      const others = [await signIn(nodes, user), await signIn(nodes, user)]
      const own = await signIn(nodes, user)
      // Warm on both.
      for (const visitor of others) expect(await onB(nodes, visitor)).toBe(200)
      expect(await onB(nodes, own)).toBe(200)
      await change(nodes, user, own)
      const refused = async () => (await Promise.all(others.map((it) => onB(nodes, it)))).every((it) => it === 401)
      expect(await eventually(refused, 1000)).toBe(true)
      for (const visitor of others) expect((await visitor.get('/v1/account')).status).toBe(401)
    },
  )

  it('after a password change the session that did it goes on, and its former cookie does not', async () => {
    const user = await makeUser(nodes)
    const own = await signIn(nodes, user)
    const thief = own.copy()
    expect(await onB(nodes, thief)).toBe(200)
    const wish = { current: user.password, password: `another horse ${randomBytes(6).toString('hex')}` }
    expect((await own.post('/v1/auth/password/change', wish)).status).toBe(204)
    expect(await eventually(async () => (await onB(nodes, thief)) === 401, 1000)).toBe(true)
    expect(await onB(nodes, own)).toBe(200)
  })

  it('a role that was taken away on one lets nobody do more on the other within a second', async () => {
    const user = await makeUser(nodes, ['admin'])
    const visitor = await signIn(nodes, user)
    expect(await onB(nodes, visitor, '/v1/users')).toBe(200)
    await manage(nodes, 'PATCH', `/v1/users/${user.id}`, { roles: ['user'] })
    const narrowed = async () => [401, 403].includes(await onB(nodes, visitor, '/v1/users'))
    expect(await eventually(narrowed, 1000)).toBe(true)
  })

  it('a session begun on one is known on the other at once, and signing out there ends it here', async () => {
    const visitor = await signIn(nodes, await makeUser(nodes))
    const thief = visitor.copy()
    expect(await onB(nodes, visitor)).toBe(200)
    expect((await visitor.post(`${nodes.b.control}/v1/auth/logout`)).status).toBe(204)
    expect(await eventually(async () => (await thief.get('/v1/account')).status === 401, 1000)).toBe(true)
  })

  it('guesses on one count on the other', async () => {
    const { email, password } = await makeUser(nodes)
    const urls = [nodes.a.control, nodes.b.control]
    const login = (i: number, typed: string) =>
      openVisitor(urls[i % 2] ?? '', { origin: ISSUER, address: '127.0.77.1' }).post('/v1/auth/login', {
        email,
        password: typed,
      })
    for (let i = 0; i < 5; i++) expect((await login(i, 'not this one at all')).status).toBe(401)
    for (let i = 0; i < 2; i++) expect((await login(i, password)).body.code).toBe('SIGN_IN_LIMITED')
  })
})

describe('a node of another installation', () => {
  it('knows neither its cookies nor its sign-ins, and makes none of ours end', async () => {
    const [first] = backends
    const [here, there] = await Promise.all([first?.open(), first?.open()])
    const mine = await openNodes(here as World)
    const foreign = await openNodes(there as World)
    try {
      const user = await makeUser(mine)
      const visitor = await signIn(mine, user)
      const thief = visitor.copy()
      expect((await thief.get(`${foreign.a.control}/v1/account`)).body.code).toBe('SESSION_ENDED')
      const { flow } = (await visitor.post('/v1/auth/login', { email: user.email })).body
      const resumed = await visitor.copy().post(`${foreign.a.control}/v1/auth/resume`, { flow })
      expect(resumed.body.code).toBe('SIGN_IN_ENDED')
      expect((await visitor.get('/v1/account')).status).toBe(200)
    } finally {
      await Promise.all([mine.stop(), foreign.stop()])
      await Promise.all([here?.close(), there?.close()])
    }
  })
})

const [, large] = backends

describe.skipIf(!canUse.redis || large === undefined)('two nodes whose line to Redis is cut', () => {
  let world: World
  let cable: Cable
  let nodes: Nodes

  beforeAll(async () => {
    world = await (large as NonNullable<typeof large>).open()
    cable = await openCable(await redis())
    nodes = await openNodes(world, { SALLYPORT_REDIS_URL: cable.url })
  })
  afterAll(async () => {
    await nodes?.stop()
    await cable?.close()
    await world?.close()
  })

  it('refuse what ended on the other within five seconds, and keep everybody else', async () => {
    const gone = CHANGES.filter(([name]) => ['password change', 'disabling', 'deletion'].includes(name))
    const victims = await Promise.all(gone.map(() => makeUser(nodes)))
    const bystander = await signIn(nodes, await makeUser(nodes))
    const sessions = await Promise.all(victims.map(async (it) => [await signIn(nodes, it), await signIn(nodes, it)]))
    const everybody = [...sessions.flat(), bystander]
    for (const visitor of everybody) expect(await onB(nodes, visitor)).toBe(200)
    await cable.cut()
    for (const [i, [, change]] of gone.entries()) {
      const [, own] = sessions[i] as [Visitor, Visitor]
      await change(nodes, victims[i] as User, own)
    }
    const lost = sessions.map(([first]) => first as Visitor)
    const refused = async () => (await Promise.all(lost.map((it) => onB(nodes, it)))).every((it) => it === 401)
    expect(await eventually(refused, 5000)).toBe(true)
    expect(await onB(nodes, bystander)).toBe(200)
    await cable.mend()
  })
})
