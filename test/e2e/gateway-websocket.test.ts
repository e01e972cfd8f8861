import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen } from '../../src/gateway/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

type Peer = { on(event: string, heard: (value: never) => void): void }
const WebSocketPeer = createRequire(import.meta.url)('ws') as {
  new (url: string, options: object): Peer
  readonly WebSocketServer: new (
    options: object,
  ) => { handleUpgrade(incoming: unknown, socket: Duplex, head: Buffer, then: () => void): void }
}

describe.each(backends)('a WebSocket, on $name', ({ open }) => {
  let world: World
  let control: Control
  let close: () => void

  beforeAll(async () => {
    world = await open()
    const upstream = createServer()
    const sockets = new WebSocketPeer.WebSocketServer({ noServer: true })
    upstream.on('upgrade', (incoming, socket, head) => sockets.handleUpgrade(incoming, socket, head, () => undefined))
    const port = await listen(upstream)
    close = () => void upstream.close()
    await writeFile(
      join(world.dataDir, 'sallyport.yaml'),
      `
gateway:
  upstreams: { api: { targets: ["http://127.0.0.1:${port}"] } }
  routes:
    - { id: live, match: { path: /live }, upstream: api, authenticate: [apiKey], require: { level: known }, websocket: {} }
`,
    )
    control = await openControl(world, { role: 'all' })
  })

  afterAll(async () => {
    await control?.stop()
    close?.()
    await world?.close()
  })

  function connect(key: string): Promise<{ closed: Promise<number> }> {
    return new Promise((resolve, reject) => {
      const url = `${control.serving.gateway?.replace('http', 'ws')}/live`
      const peer = new WebSocketPeer(url, { headers: { 'x-api-key': key } })
      const closed = new Promise<number>((done) => peer.on('close', (code: number) => done(code)))
      peer.on('open', () => resolve({ closed }))
      peer.on('error', (error: Error) => reject(error))
    })
  }

  test('of a key that is revoked is closed, and cannot be opened again', async () => {
    const { id, key } = await control.keyWith([])
    const admin = (await control.keyWith(['*'])).key
    const { closed } = await connect(key)
    expect((await control.call(admin, 'DELETE', `/v1/keys/${id}`)).status).toBeLessThan(300)
    expect(await closed).toBe(1008)
    await expect(connect(key)).rejects.toThrow('401')
  })

  test('is closed when a grant of its owner ends, and opened again by who may still come', async () => {
    const admin = (await control.keyWith(['*'])).key
    const service = await control.call(admin, 'POST', '/v1/services', { name: 'granted', contacts: ['a@example.com'] })
    const { id: owner } = service.body
    const { key } = await control.keyWith([], { owner: { kind: 'service', id: owner } })
    const wish = { principal: owner, permission: 'orders:read', reason: 'on call' }
    const { status, body } = await control.call(admin, 'POST', '/v1/grants', wish)
    expect(status).toBe(201)
    const { closed } = await connect(key)
    expect((await control.call(admin, 'DELETE', `/v1/grants/${body.id}`)).status).toBe(204)
    expect(await closed).toBe(1008)
    await connect(key)
  })

  test('is closed when a role of its organization changes', async () => {
    const { key } = await control.keyWith([])
    const admin = (await control.keyWith(['*'])).key
    const { closed } = await connect(key)
    const wish = { name: 'clerk', description: 'Sees orders.', permissions: ['orders:read'] }
    expect((await control.call(admin, 'POST', '/v1/roles', wish)).status).toBe(201)
    expect(await closed).toBe(1008)
  })
})
