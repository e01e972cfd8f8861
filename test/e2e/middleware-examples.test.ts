import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const [smallest] = backends

describe.each(['express', 'fastify'])('the %s example', (name) => {
  let world: World
  let control: Control
  let running: ChildProcess | null = null

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    control = await openControl(world)
  })

  afterEach(async () => {
    const child = running
    running = null
    if (child === null || child.exitCode !== null) return
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  /** Starts the example as its reader would. @returns where it listens */
  async function start(env: Record<string, string>): Promise<string> {
    const child = spawn(process.execPath, [`examples/${name}/server.ts`], {
      cwd: root,
      env: { ...process.env, PORT: '0', SALLYPORT_DATA: world.dataDir, SALLYPORT_LOG_LEVEL: 'error', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running = child
    const [said] = await once(child.stdout.setEncoding('utf8'), 'data')
    return /http:\S+/.exec(String(said))?.[0] ?? ''
  }

  async function expectGuarded(url: string): Promise<void> {
    const { key } = await control.keyWith([], { scopes: ['orders:read'] })
    const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
      const answer = await fetch(url + path, { method, headers })
      return [answer.status, await answer.json()]
    }
    expect(await ask('/health')).toEqual([200, { status: 'ok' }])
    expect(await ask('/offers')).toEqual([200, { offers: [], for: 'anonymous' }])
    expect(await ask('/orders/')).toEqual([401, expect.objectContaining({ code: 'CREDENTIAL_MISSING' })])
    expect(await ask('/orders/', { 'x-api-key': key })).toEqual([
      200,
      { orders: [], for: expect.stringMatching(/^svc_/) },
    ])
    expect(await ask('/orders/', { 'x-api-key': key }, 'POST')).toEqual([
      403,
      expect.objectContaining({ code: 'SCOPE_MISSING' }),
    ])
  }

  it('guards its orders on the store of this machine', async () => {
    await expectGuarded(await start({}))
  })

  it('guards its orders with the keys of a server', async () => {
    const { key } = await control.keyWith(['keys:verify'])
    await expectGuarded(
      await start({ SALLYPORT_DATA: '/nonexistent', SALLYPORT_SERVER: control.url, SALLYPORT_KEY: key }),
    )
  })
})
