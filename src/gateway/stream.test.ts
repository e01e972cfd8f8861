import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import {
  ask,
  openRecorder,
  openSocket,
  openWorld,
  rawHead,
  readAll,
  sendRaw,
  someRoute,
  until,
  type World,
  withKey,
} from './testing.ts'

const MB = 1_048_576
let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

async function gatewayTo(
  answer?: Parameters<typeof openRecorder>[0],
  options: Partial<Parameters<typeof openWorld>[0]> = {},
) {
  const upstream = await openRecorder(answer)
  const world = await openWorld({ targets: [upstream.origin], ...options })
  open.push(world, upstream)
  return { upstream, world }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const large = { routes: [someRoute({ input: { maxBody: 64 * MB } })] }

describe('bodies', () => {
  test.each(['with a length', 'in chunks'])('of 5 MB go both ways unchanged, %s', async (how) => {
    const sent = randomBytes(5 * MB)
    const { world } = await gatewayTo((incoming, response) => {
      if (how === 'with a length') response.setHeader('content-length', sent.length)
      incoming.pipe(response)
    }, large)
    const headers = how === 'with a length' ? { ...withKey } : { ...withKey, 'transfer-encoding': 'chunked' }
    const answer = await ask(`${world.url}/orders`, { method: 'POST', headers, body: sent })
    expect(hashOf(answer.body)).toBe(hashOf(sent))
    expect(await world.nextEvent()).toMatchObject({ type: 'request.allowed', bytesIn: 5 * MB, bytesOut: 5 * MB })
  })

  test('of DELETE and PATCH go through, and of no length at all too', async () => {
    const { world, upstream } = await gatewayTo()
    for (const method of ['DELETE', 'PATCH', 'PUT']) {
      expect(
        (await ask(`${world.url}/orders/1`, { method, headers: { ...withKey, 'content-length': '4' }, body: 'body' }))
          .status,
      ).toBe(200)
      expect(upstream.seen.at(-1)).toMatchObject({ method, body: Buffer.from('body') })
    }
    expect((await sendRaw(world.port, rawHead('POST /orders HTTP/1.1', 'Content-Length: 0'))).status).toBe(200)
    expect(upstream.seen.at(-1)?.header('content-length')).toBe('0')
  })

  test('of an answer arrive piece by piece, before its end', async () => {
    let next = () => {}
    const { world } = await gatewayTo(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      for (const word of ['one', 'two', 'three']) {
        await new Promise<void>((resolve) => (next = resolve))
        response.write(`data: ${word}\n\n`)
      }
      response.end()
    })
    const got: string[] = []
    const outgoing = request(`${world.url}/orders/events`, { headers: { ...withKey }, agent: false })
    outgoing.end()
    const incoming = await new Promise<import('node:http').IncomingMessage>((resolve) =>
      outgoing.on('response', resolve),
    )
    incoming.on('data', (piece) => got.push(String(piece)))
    for (const count of [1, 2, 3]) {
      next()
      await until(() => got.length === count)
    }
    expect(got.join('')).toBe('data: one\n\ndata: two\n\ndata: three\n\n')
  })

  test('of a request arrive piece by piece, before its end', async () => {
    const pieces: string[] = []
    const { world } = await gatewayTo((incoming, response) => {
      incoming.on('data', (piece) => pieces.push(String(piece)))
      incoming.on('end', () => response.end('done'))
    })
    const outgoing = request(`${world.url}/orders`, { method: 'POST', headers: { ...withKey }, agent: false })
    for (const word of ['one', 'two', 'three']) {
      outgoing.write(word)
      await until(() => pieces.join('').endsWith(word))
    }
    const answered = new Promise<import('node:http').IncomingMessage>((resolve) => outgoing.on('response', resolve))
    outgoing.end()
    expect(String(await readAll(await answered))).toBe('done')
  })

  test('are read no faster than a slow client takes them', async () => {
    let written = 0
    const { world } = await gatewayTo(async (_, response) => {
      response.on('error', () => undefined)
      for (let i = 0; i < 512 && !response.destroyed; i++) {
        written += 65_536
        if (!response.write(Buffer.alloc(65_536))) await new Promise((resolve) => response.once('drain', resolve))
      }
      response.end()
    })
    const socket = await openSocket(world.port)
    socket.pause()
    socket.write(rawHead('GET /orders/big HTTP/1.1'))
    await until(() => written > 0)
    await wait(300)
    // What the socket buffers of three connections hold, and far from all of it.
    expect(written).toBeLessThan(20 * MB)
    const got = await new Promise<number>((resolve) => {
      let bytes = 0
      socket.on('data', (piece) => {
        bytes += piece.length
        if (bytes > 32 * MB) resolve(bytes)
      })
      socket.resume()
    })
    expect(got).toBeGreaterThan(32 * MB)
    socket.destroy()
  })

  test('are sent no faster than a slow upstream takes them', async () => {
    const { world } = await gatewayTo((incoming) => incoming.pause(), large)
    const outgoing = request(`${world.url}/orders`, { method: 'POST', headers: { ...withKey }, agent: false })
    outgoing.on('error', () => undefined)
    let taken = 0
    const piece = Buffer.alloc(65_536)
    const push = () => {
      while (taken < 60 * MB && outgoing.write(piece)) taken += piece.length
    }
    outgoing.on('drain', push)
    push()
    await wait(300)
    expect(taken).toBeLessThan(20 * MB)
    outgoing.destroy()
  })
})

describe('a body that is too large', () => {
  test('is refused by its length, before any of it is sent on', async () => {
    const { world, upstream } = await gatewayTo()
    const answer = await ask(`${world.url}/orders`, {
      method: 'POST',
      headers: withKey,
      body: Buffer.alloc(10 * MB),
    }).catch(() => null)
    expect(answer?.json().code ?? 'REQUEST_BODY_TOO_LARGE').toBe('REQUEST_BODY_TOO_LARGE')
    expect(await world.nextEvent()).toMatchObject({
      type: 'request.denied',
      status: 413,
      code: 'REQUEST_BODY_TOO_LARGE',
    })
    expect(upstream.heads).toEqual([])
  })

  test('gets its answer although the client is still sending', async () => {
    const { world } = await gatewayTo()
    const head = rawHead('POST /orders HTTP/1.1', `Content-Length: ${MB + 200_000}`)
    const answer = await sendRaw(world.port, Buffer.concat([Buffer.from(head), Buffer.alloc(MB + 200_000)]))
    expect([answer.status, answer.closed]).toEqual([413, true])
  })

  test('without a length is refused at the byte that is too much, and the upstream never sees its end', async () => {
    let ended = false
    let cut = false
    const { world, upstream } = await gatewayTo((incoming) => {
      incoming.on('end', () => (ended = true))
      incoming.on('error', () => (cut = true))
      incoming.resume()
    })
    const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`
    const answer = await sendRaw(
      world.port,
      `${rawHead('POST /orders HTTP/1.1', 'Transfer-Encoding: chunked')}${chunk.repeat(17)}0\r\n\r\n`,
    )
    expect(answer.status).toBe(413)
    await until(() => cut)
    expect(ended).toBe(false)
    expect(upstream.seen).toEqual([])
  })

  test('for the credential alone is refused too', async () => {
    const { world } = await gatewayTo(undefined, {
      authenticators: {
        apiKey: {
          name: 'apiKey',
          authenticate: () => ({
            is: 'known',
            principal: { kind: 'service', id: 's', organization: null, scopes: [], permissions: [], credential: null },
            spent: { headers: [], query: [] },
            grant: { maxBody: 3 },
          }),
        },
      },
    })
    expect((await ask(`${world.url}/orders`, { method: 'POST', body: 'abcd' })).status).toBe(413)
    expect((await ask(`${world.url}/orders`, { method: 'POST', body: 'abc' })).status).toBe(200)
  })

  test('of a few bytes leaves the connection usable', async () => {
    const { world } = await gatewayTo(undefined, { routes: [someRoute({ input: { maxBody: 2 } })] })
    const post = `${rawHead('POST /orders HTTP/1.1', 'Content-Length: 3')}abc`
    const answer = await sendRaw(world.port, post + rawHead('GET /orders/1 HTTP/1.1'))
    expect(answer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
  })
})

describe('a body that is not well-formed half way', () => {
  test('ends the request everywhere', async () => {
    let cut = false
    const { world, upstream } = await gatewayTo((incoming) => {
      incoming.on('error', () => (cut = true))
      incoming.resume()
    })
    const socket = await openSocket(world.port)
    let text = ''
    let closed = false
    socket.on('data', (piece) => (text += piece))
    socket.on('close', () => (closed = true))
    socket.write(`${rawHead('POST /orders HTTP/1.1', 'Transfer-Encoding: chunked')}3\r\nabc\r\n`)
    await until(() => upstream.heads.length === 1)
    socket.write('ZZ\r\n')
    await until(() => closed)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    await until(() => cut)
  })
})

describe('an upstream that answers before it has read everything', () => {
  test('is heard', async () => {
    const { world } = await gatewayTo((_, response) => {
      response.writeHead(403, { 'content-length': 2 }).end('no')
    }, large)
    const head = rawHead('POST /orders HTTP/1.1', `Content-Length: ${2 * MB}`)
    const answer = await sendRaw(world.port, Buffer.concat([Buffer.from(head), Buffer.alloc(MB)]))
    expect(answer.status).toBe(403)
  })
})

describe('memory', () => {
  test('is given back after each exchange', async () => {
    const { world } = await gatewayTo()
    await Promise.all(Array.from({ length: 50 }, () => ask(`${world.url}/orders/1`, { headers: withKey })))
    await untilIdle(world)
  })
})

async function untilIdle({ gateway }: World): Promise<void> {
  await until(() => gateway.underWay() === 0)
}
