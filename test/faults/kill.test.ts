import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'

const ROUNDS = 20
const WRITERS = 8

type Known = 'active' | 'renamed' | 'revoked'

describe.each(backends)('kill -9 under load on $name', ({ open }) => {
  let world: World
  let place: Place
  let admin: string

  beforeAll(async () => {
    world = await open()
    place = await openPlace(world, 'keys: { classifications: { LOW: { mostActive: null } } }\n')
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
  })

  afterAll(() => world?.close())

  it('loses no acknowledged key, change or revocation in twenty rounds, and needs no repair', {
    timeout: 240_000,
  }, async () => {
    // What the server said is done, by key. Written only after its answer arrived.
    const acknowledged = new Map<string, Known>()
    for (let round = 0; round < ROUNDS; round++) {
      const server = await place.serve({ role: 'control' })
      const writers = Array.from({ length: WRITERS }, () => write(server, acknowledged))
      await untilSome(acknowledged.size + 5 + Math.floor(Math.random() * 40), acknowledged)
      await server.kill()
      await Promise.all(writers)
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * 4)
    const server = await place.serve({ role: 'control' })
    try {
      for (const [id, state] of acknowledged) expect(await stateOf(server, id)).toBe(state)
    } finally {
      await server.stop()
    }
    await expectEvents(acknowledged)
  })

  // Any moment, but one at which the server is busy: some answers have come, others are on their way.
  async function untilSome(count: number, acknowledged: ReadonlyMap<string, Known>): Promise<void> {
    for (let waited = 0; acknowledged.size < count && waited < 10_000; waited += 3) {
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
  }

  // Makes a key, renames every second one, revokes every fourth, until the server is gone.
  async function write(server: RunningSallyport, acknowledged: Map<string, Known>): Promise<void> {
    try {
      for (let i = 0; ; i++) {
        const { id } = await call(server, 'POST', '/v1/keys', { name: 'made' })
        acknowledged.set(id, 'active')
        if (i % 2 === 1) continue
        await step(acknowledged, id, 'renamed', call(server, 'PATCH', `/v1/keys/${id}`, { name: 'renamed' }))
        if (i % 4 === 0) await step(acknowledged, id, 'revoked', call(server, 'DELETE', `/v1/keys/${id}`))
      }
    } catch {
      // The server was killed: what it did not answer may or may not have happened.
    }
  }

  // Between asking and the answer either state may be true, so such a key is not held to any.
  async function step(acknowledged: Map<string, Known>, id: string, to: Known, asked: Promise<unknown>): Promise<void> {
    acknowledged.delete(id)
    await asked
    acknowledged.set(id, to)
  }

  async function call(
    server: RunningSallyport,
    method: string,
    path: string,
    body?: object,
  ): Promise<{ id: string; name: string; status: string }> {
    const headers = { 'x-api-key': admin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const answer = await fetch(`${server.control}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
    return (await answer.json()) as { id: string; name: string; status: string }
  }

  async function stateOf(server: RunningSallyport, id: string): Promise<Known | string> {
    const { name, status } = await call(server, 'GET', `/v1/keys/${id}`)
    if (status !== 'active') return status
    return name === 'renamed' ? 'renamed' : 'active'
  }

  // The record verifies, and tells of every acknowledged change.
  async function expectEvents(acknowledged: ReadonlyMap<string, Known>): Promise<void> {
    const verified = await place.command(['audit', 'verify', '--json'])
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true })
    const { stdout } = await place.command(['audit', 'export'])
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string; resource?: string })
    const told = new Set(events.map(({ type, resource }) => `${type} ${resource}`))
    const missing = [...acknowledged].filter(
      ([id, state]) => !told.has(`key.created ${id}`) || (state === 'revoked' && !told.has(`key.revoked ${id}`)),
    )
    expect(missing).toEqual([])
  }
})
