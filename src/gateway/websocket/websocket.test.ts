import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KEY, listen, openSocket, openWorld, rawHead, sendRaw, someRoute, until, type World } from '../testing.ts'
import { closingFrame } from './frames.ts'

type Handler = (...args: readonly never[]) => void
/** What is used of `ws`, a WebSocket client and server that is not ours. */
type Peer = {
  on(event: string, heard: Handler): void
  send(data: string | Buffer): void
  close(code?: number): void
  terminate(): void
}
type Ws = {
  new (url: string, protocols: readonly string[], options: object): Peer
  readonly WebSocketServer: new (
    options: object,
  ) => {
    handleUpgrade(incoming: unknown, socket: Duplex, head: Buffer, then: (peer: Peer) => void): void
  }
}
const WebSocketPeer = createRequire(import.meta.url)('ws') as Ws

const ORIGIN = 'https://app.test'
const websocket = { origins: [ORIGIN], maxMessage: 100_000, idle: 60_000, lifetime: 60_000, maxConnections: 2 }
const routes = [
  someRoute({ id: 'live', match: { path: '/live/**', methods: null }, websocket }),
  someRoute({ id: 'short', match: { path: '/short', methods: null }, websocket: { ...websocket, lifetime: 1_000 } }),
  someRoute({ id: 'quiet', match: { path: '/quiet', methods: null }, websocket: { ...websocket, idle: 300 } }),
  someRoute(),
]

let upstream: Server
let heads: { url: string; headers: Record<string, unknown> }[]
let answer: ((socket: Duplex) => void) | null
let world: World

beforeEach(async () => {
  heads = []
  answer = null
  upstream = createServer((_, response) => response.writeHead(404).end('{"no":1}'))
  const server = new WebSocketPeer.WebSocketServer({ noServer: true, handleProtocols: () => 'chat' })
  upstream.on('upgrade', (incoming, socket, head) => {
    heads.push({ url: incoming.url ?? '', headers: incoming.headers })
    if (answer !== null) return answer(socket)
    server.handleUpgrade(incoming, socket, head, (peer) => {
      peer.on('message', (data: Buffer, binary: boolean) => peer.send(binary ? data : `echo ${data}`))
    })
  })
  const port = await listen(upstream)
  world = await openWorld({ targets: [`http://127.0.0.1:${port}`], routes })
})

afterEach(async () => {
  await world.close()
  upstream.closeAllConnections()
  upstream.close()
})

const open = (path = '/live/1', { headers = {}, protocols = [] as string[] } = {}) =>
  new Promise<{ peer: Peer; heard: (string | Buffer)[]; closed: Promise<number> }>((resolve, reject) => {
    const url = `${world.url.replace('http', 'ws')}${path}`
    const peer = new WebSocketPeer(url, protocols, { headers: { authorization: `Bearer ${KEY}`, ...headers } })
    const heard: (string | Buffer)[] = []
    peer.on('message', (data: Buffer, binary: boolean) => void heard.push(binary ? data : String(data)))
    const closed = new Promise<number>((done) => peer.on('close', (code: number) => done(code)))
    peer.on('open', () => resolve({ peer, heard, closed }))
    peer.on('error', (error: Error) => reject(error))
  })

const upgrade = (...more: readonly string[]) =>
  rawHead('GET /live/1 HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', ...more)
const KEY_LINE = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
const VERSION = 'Sec-WebSocket-Version: 13'

describe('a WebSocket on a route that takes them', () => {
  test('passes both ways, and the upstream knows who opened it', async () => {
    const { peer, heard, closed } = await open('/live/1?x=1', { protocols: ['chat', 'other'] })
    peer.send('hello')
    peer.send(Buffer.alloc(90_000, 5))
    await until(() => heard.length === 2)
    expect(heard[0]).toBe('echo hello')
    expect((heard[1] as Buffer).equals(Buffer.alloc(90_000, 5))).toBe(true)
    expect(heads[0]?.url).toBe('/live/1?x=1')
    expect(heads[0]?.headers).toMatchObject({ 'x-principal-id': 'svc_one', 'sec-websocket-protocol': 'chat,other' })
    expect(heads[0]?.headers).not.toHaveProperty('authorization')
    expect(heads[0]?.headers).not.toHaveProperty('sec-websocket-extensions')
    peer.close(4000)
    expect(await closed).toBe(4000)
  })

  test('has an Event when it begins, and one when it is over', async () => {
    const { peer, heard } = await open()
    peer.send('hello')
    await until(() => heard.length === 1)
    expect(world.events).toHaveLength(1)
    expect(world.events[0]).toMatchObject({ type: 'request.allowed', status: 101, route: 'live', principal: 'svc_one' })
    peer.close(1000)
    await until(() => world.events.length === 2)
    expect(world.events[1]).toMatchObject({
      type: 'websocket.closed',
      outcome: 'success',
      bytesOut: 16,
      details: { close: 1000, by: 'client' },
    })
    await until(() => world.gateway.underWay() === 0)
  })

  test.each([
    ['is silent too long', '/quiet'],
    ['lasts too long', '/short'],
  ])('that %s is closed with 1001', async (_, path) => {
    const { closed } = await open(path)
    expect(await closed).toBe(1001)
    await until(() => world.events.length === 2)
    expect(world.events[1]?.details).toEqual({ close: 1001, by: 'gateway' })
  })

  test('is closed with 1001 at the end of a drain', async () => {
    const { closed } = await open()
    expect(await world.gateway.drain(100)).toBe(0)
    expect(await closed).toBe(1001)
  })

  test('with a message that is too long is closed with 1009, and the upstream never sees it', async () => {
    const { peer, heard, closed } = await open()
    peer.send(Buffer.alloc(100_001))
    expect(await closed).toBe(1009)
    expect(heard).toEqual([])
  })

  test('of pages is for the origins that are named, and of programs for all', async () => {
    const { peer } = await open('/live/1', { headers: { origin: ORIGIN } })
    peer.terminate()
    for (const origin of ['https://evil.test', 'null', `${ORIGIN}.evil.test`, 'http://app.test'])
      await expect(open('/live/1', { headers: { origin } })).rejects.toThrow('403')
    expect(heads).toHaveLength(1)
  })

  test('is one of so many', async () => {
    const [one] = [await open(), await open()]
    await expect(open()).rejects.toThrow('503')
    one.peer.terminate()
    await until(() => world.gateway.underWay() === 1)
    await open()
  })

  test('is closed with 1008 when anything changes about what let it in, or when what changed is not known', async () => {
    for (const id of ['key_one', 'svc_one', null]) {
      const { closed, peer, heard } = await open()
      world.gateway.changed('key_other')
      peer.send('hello')
      await until(() => heard.length === 1)
      world.gateway.changed(id)
      expect(await closed).toBe(1008)
      await until(() => world.gateway.underWay() === 0)
    }
  })

  test('needs its credential as every request does', async () => {
    await expect(open('/live/1', { headers: { authorization: 'Bearer wrong' } })).rejects.toThrow('401')
    expect(heads).toEqual([])
  })
})

describe('a handshake that is refused:', () => {
  test.each([
    [
      'on a route without WebSockets',
      rawHead('GET /orders/1 HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', KEY_LINE, VERSION),
      501,
      'UPGRADE_NOT_SUPPORTED',
    ],
    ['without a key', upgrade(VERSION), 400, 'REQUEST_MALFORMED'],
    ['with two keys', upgrade(VERSION, KEY_LINE, KEY_LINE), 400, 'REQUEST_MALFORMED'],
    ['with half a key', upgrade(VERSION, 'Sec-WebSocket-Key: dGhl'), 400, 'REQUEST_MALFORMED'],
    ['of another version', upgrade(KEY_LINE, 'Sec-WebSocket-Version: 8'), 426, 'WEBSOCKET_VERSION_UNSUPPORTED'],
    ['of several versions', upgrade(KEY_LINE, 'Sec-WebSocket-Version: 13, 8'), 426, 'WEBSOCKET_VERSION_UNSUPPORTED'],
    ['with a body', `${upgrade(KEY_LINE, VERSION, 'Content-Length: 3')}abc`, 400, 'REQUEST_MALFORMED'],
    ['with a body to come', upgrade(KEY_LINE, VERSION, 'Transfer-Encoding: chunked'), 400, 'REQUEST_BODY_UNEXPECTED'],
    [
      'with frames before its answer',
      `${upgrade(KEY_LINE, VERSION)}GET /orders/1 HTTP/1.1\r\n\r\n`,
      400,
      'REQUEST_MALFORMED',
    ],
    [
      'with several protocols',
      rawHead('GET /live/1 HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket, h2c', KEY_LINE, VERSION),
      501,
      'UPGRADE_NOT_SUPPORTED',
    ],
    [
      'without Connection',
      rawHead('GET /live/1 HTTP/1.1', 'Upgrade: websocket', KEY_LINE, VERSION),
      501,
      'UPGRADE_NOT_SUPPORTED',
    ],
    [
      'by POST',
      rawHead('POST /live/1 HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', KEY_LINE, VERSION),
      501,
      'UPGRADE_NOT_SUPPORTED',
    ],
    [
      'with a path that two programs read differently',
      upgrade(KEY_LINE, VERSION).replace('/live/1', '/live/..%2f1'),
      400,
      'REQUEST_PATH_INVALID',
    ],
  ])('%s', async (_, bytes, status, code) => {
    const answered = await sendRaw(world.port, bytes)
    expect(answered.text).toContain(`"code":"${code}"`)
    expect(answered.status).toBe(status)
    expect(heads).toEqual([])
    await until(() => world.events.length === 1 && world.gateway.underWay() === 0)
    expect(world.events[0]).toMatchObject({ type: 'request.denied', code, status })
  })
})

describe('an upstream that', () => {
  const head = (status: string, ...lines: readonly string[]) => `HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n`
  const good = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=']
  const ask = async (bytes: string) => {
    answer = (socket) => void socket.end(bytes)
    return sendRaw(world.port, upgrade(KEY_LINE, VERSION))
  }

  test('refuses in words of its own is heard', async () => {
    const answered = await ask(
      `${head('403 Forbidden', 'Content-Type: text/plain', 'Content-Length: 2', 'Server: x')}no`,
    )
    expect(answered.status).toBe(403)
    expect(answered.text).toMatch(/\r\n\r\nno$/)
    expect(answered.text).not.toMatch(/server:/i)
  })

  test.each([
    ['accepts another key', head('101 Switching Protocols', ...good.slice(0, 2), 'Sec-WebSocket-Accept: x')],
    ['chooses what was not offered', head('101 Switching Protocols', ...good, 'Sec-WebSocket-Protocol: chat')],
    ['adds an extension', head('101 Switching Protocols', ...good, 'Sec-WebSocket-Extensions: permessage-deflate')],
    [
      'switches to something else',
      head('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: h2c', good[2] as string),
    ],
    ['says nothing', ''],
    ['does not speak HTTP', 'hello\r\n\r\n'],
  ])('%s is 502', async (_, bytes) => {
    expect((await ask(bytes)).status).toBe(502)
  })

  test('sends frames that are none closes it with 1002', async () => {
    answer = (socket) =>
      void socket.write(
        Buffer.concat([Buffer.from(head('101 Switching Protocols', ...good)), Buffer.from([0xff, 0xff])]),
      )
    const answered = await sendRaw(world.port, upgrade(KEY_LINE, VERSION))
    expect(answered.text.endsWith(closingFrame(1002, false).toString('latin1'))).toBe(true)
    expect(answered.closed).toBe(true)
  })

  test('goes away takes the client along, and a client that goes away takes it along', async () => {
    const sockets: Duplex[] = []
    answer = (socket) => {
      sockets.push(socket)
      socket.resume().on('end', () => socket.end())
      socket.write(head('101 Switching Protocols', ...good))
    }
    const began = async (): Promise<Socket> => {
      const socket = await openSocket(world.port)
      socket.resume()
      const { length } = sockets
      socket.write(upgrade(KEY_LINE, VERSION))
      await until(() => sockets.length > length && world.gateway.underWay() === 1)
      await until(() => socket.bytesRead > 0)
      return socket
    }
    const first = await began()
    sockets[0]?.destroy()
    await until(() => first.closed && world.gateway.underWay() === 0)
    const second = await began()
    second.destroy()
    await until(() => sockets[1]?.destroyed === true && world.gateway.underWay() === 0)
  })
})
