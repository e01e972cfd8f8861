import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from '../../../test/support/certificates.ts'
import { openRecorder, openSocket, openWorld, type Recorder, rawHead, sendRaw, until, type World } from '../testing.ts'
import type { Secured } from './secured.ts'

let upstream: Recorder
let world: World

beforeAll(async () => {
  upstream = await openRecorder()
  world = await openWorld({
    targets: [upstream.origin],
    proxyProtocol: { from: ['127.0.0.0/8'] },
    transport: { headTimeout: 400 },
  })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

afterEach(() => {
  upstream.seen.length = 0
  upstream.heads.length = 0
  world.events.length = 0
})

const line = 'PROXY TCP4 203.0.113.9 198.51.100.1 4711 80\r\n'
const get = rawHead('GET /orders/1 HTTP/1.1', 'Connection: close')

describe('behind a balancer that speaks the PROXY protocol', () => {
  test('the client is who the balancer names, for the upstream and in the Event', async () => {
    expect((await sendRaw(world.port, line + get)).status).toBe(200)
    expect(upstream.seen[0]?.header('x-forwarded-for')).toBe('203.0.113.9')
    await until(() => world.events.length > 0)
    expect(world.events[0]).toMatchObject({ type: 'request.allowed', address: '203.0.113.9' })
  })

  test('the header may come byte by byte, and a request in the piece that ends it', async () => {
    const socket = await openSocket(world.port)
    let text = ''
    socket.on('data', (piece) => {
      text += piece
    })
    for (const byte of line.slice(0, -1)) {
      socket.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.write(`\n${get}`)
    await until(() => text.startsWith('HTTP/1.1 200'))
    socket.destroy()
  })

  test('a check of the balancer itself comes from the balancer', async () => {
    const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')
    expect((await sendRaw(world.port, Buffer.concat([local, Buffer.from(get)]))).status).toBe(200)
    expect(upstream.seen[0]?.header('x-forwarded-for')).toBe('127.0.0.1')
  })

  test.each([
    ['none', get],
    ['a bad one', `PROXY TCP4 203.0.113.9\r\n${get}`],
    ['half of one', 'PROXY TCP4 203.0'],
  ])('a connection with %s is closed without an answer, and has its Event', async (_, bytes) => {
    const answer = await sendRaw(world.port, bytes)
    expect(answer).toMatchObject({ text: '', closed: true })
    await until(() => world.events.length > 0)
    expect(world.events[0]).toMatchObject({ type: 'request.denied', code: 'REQUEST_MALFORMED', address: '127.0.0.1' })
    expect(upstream.heads).toEqual([])
  })

  test('a second header is no HTTP', async () => {
    expect((await sendRaw(world.port, line + line + get)).status).toBe(400)
    expect(upstream.heads).toEqual([])
  })
})

test('the header comes before TLS, where TLS ends here', async () => {
  const door = makeCertificate({ subject: { CN: 'door' }, host: 'api.test' })
  const key = String(door.key.export({ type: 'pkcs8', format: 'pem' }))
  const secured: Secured = {
    options: () => ({ cert: door.pem, key }),
    follow: () => undefined,
    serves: () => true,
    covers: () => true,
    vouchesForClients: false,
    generation: () => 0,
  }
  const other = await openWorld({ targets: [upstream.origin], proxyProtocol: { from: ['127.0.0.0/8'] }, tls: secured })
  const socket = await openSocket(other.port)
  socket.write(line)
  const secure = connect({ socket, servername: 'api.test', ca: door.pem }, () => secure.write(get))
  let text = ''
  secure.on('data', (piece) => {
    text += piece
  })
  await until(() => text.startsWith('HTTP/1.1 200'))
  expect(upstream.seen[0]?.header('x-forwarded-for')).toBe('203.0.113.9')
  expect(upstream.seen[0]?.header('x-forwarded-proto')).toBe('https')
  secure.destroy()
  await other.close()
})

test('from anywhere else the header is not read, and is no HTTP', async () => {
  const other = await openWorld({ targets: [upstream.origin], proxyProtocol: { from: ['10.0.0.0/8'] } })
  expect((await sendRaw(other.port, get)).status).toBe(200)
  expect(upstream.seen[0]?.header('x-forwarded-for')).toBe('127.0.0.1')
  expect((await sendRaw(other.port, line + get)).status).toBe(400)
  await other.close()
})
