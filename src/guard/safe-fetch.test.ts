import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../test/support/certificates.ts'
import type { OutboundAnswer, OutboundOptions, Refusal } from './index.ts'
import { openOutbound, type Seen, startSeen } from './testing.ts'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

function opened(...parameters: Parameters<typeof openOutbound>) {
  const outbound = openOutbound(...parameters)
  undo.unshift(outbound.stop)
  return outbound
}

async function started(...parameters: Parameters<typeof startSeen>) {
  const server = await startSeen(...parameters)
  undo.push(server.close)
  return server
}

const codeOf = async (answer: Promise<{ ok: boolean; problem?: { code: string }; value?: OutboundAnswer }>) => {
  const { problem, value } = await answer
  return problem?.code ?? value?.status
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** 127.0.0.2 is allowed and stands for the internet; the rest of the loopback network stands for the inside. */
const INTERNET = { allowPrivateNetworks: ['127.0.0.2/32'] }
const NAMES = { 'a.example': [['127.0.0.2']], 'b.example': [['127.0.0.2']], 'inside.example': [['127.0.0.1']] }

describe('what only this machine can reach', () => {
  let inside: Seen
  beforeAll(async () => {
    inside = await startSeen((_request, response) => response.end('secret'))
  })
  afterAll(() => inside.close())

  const tricks = [
    ...['http://127.0.0.1:PORT/', 'http://localhost:PORT/', 'http://LOCALHOST:PORT/', 'http://app.localhost:PORT/'],
    ...['http://127.1:PORT/', 'http://127.0.1:PORT/', 'http://2130706433:PORT/', 'http://0x7f000001:PORT/'],
    ...[
      'http://0x7f.0x0.0x0.0x1:PORT/',
      'http://0177.0.0.1:PORT/',
      'http://017700000001:PORT/',
      'http://127.0.0.1.:PORT/',
    ],
    ...['http://0:PORT/', 'http://0.0.0.0:PORT/', 'http://127.0.0.3:PORT/', 'http://[::]:PORT/', 'http://[::1]:PORT/'],
    ...['http://[::ffff:127.0.0.1]:PORT/', 'http://[::ffff:7f00:1]:PORT/', 'http://[::7f00:1]:PORT/'],
    ...[
      'http://[64:ff9b::7f00:1]:PORT/',
      'http://[2002:7f00:1::]:PORT/',
      'http://[::1%25lo]:PORT/',
      'http://[fe80::1]:PORT/',
    ],
    ...[
      'http://１２７.０.０.１:PORT/',
      'http://①②⑦.⓪.⓪.①:PORT/',
      'http://127。0。0。1:PORT/',
      'http://%31%32%37.0.0.1:PORT/',
    ],
    ...['http://a.example@127.0.0.1:PORT/', 'http://a.example:80@127.0.0.1:PORT/', 'http://127.0.0.1:PORT#@a.example/'],
    ...['http://127.0.0.1:PORT\\@a.example/', 'http:\\\\127.0.0.1:PORT/', 'http:/127.0.0.1:PORT/', '//127.0.0.1:PORT/'],
    ...[
      'http://inside.example:PORT/',
      'http://mixed.example:PORT/',
      'http://mapped.example:PORT/',
      'http://zero.example:PORT/',
    ],
    ...[
      'http://nat64.example:PORT/',
      'http://six.example:PORT/',
      'http://zoned.example:PORT/',
      'http://odd.example:PORT/',
    ],
    ...[
      'http://none.example:PORT/',
      'http://half.example:PORT/',
      'http://inside.example.:PORT/',
      'ftp://127.0.0.1:PORT/',
      'file:///etc/passwd',
    ],
    ...['unix:/var/run/docker.sock', 'http://unix:/var/run/docker.sock:/', 'http://metadata.google.internal:PORT/'],
  ]
  const names = {
    ...NAMES,
    localhost: [['127.0.0.1', '::1']],
    'app.localhost': [['127.0.0.1']],
    'mixed.example': [['127.0.0.2', '127.0.0.1']],
    'mapped.example': [['::ffff:127.0.0.1']],
    'zero.example': [['0.0.0.0']],
    'nat64.example': [['64:ff9b::7f00:1']],
    'six.example': [['::1']],
    'zoned.example': [['fe80::1%lo']],
    'odd.example': [['0x7f.1']],
    'half.example': [['127.0.0.2', '0x7f.1']],
    'metadata.google.internal': [['127.0.0.1']],
  }

  it.each(tricks)('is not reached by %s, and with no redirect to it', async (trick) => {
    const url = trick.replace('PORT', String(inside.port))
    const refusals: Refusal[] = []
    const { safeFetch, asFetch } = opened(INTERNET, names, { onRefused: (refusal) => refusals.push(refusal) })
    // A name without a proper address is no refusal, but nothing to reach either.
    const code = /none|odd|half/.test(trick) ? 'OUTBOUND_FAILED' : 'OUTBOUND_REFUSED'
    expect(await codeOf(safeFetch(url))).toBe(code)
    await expect(asFetch()(url)).rejects.toThrow()
    if (code === 'OUTBOUND_REFUSED') expect(refusals[0]).toMatchObject({ why: expect.any(String) })
    const from = await started((_request, response) => response.writeHead(302, { location: latin1(url) }).end(), {
      host: '127.0.0.2',
    })
    const led = await safeFetch(`http://a.example:${from.port}/`, { redirects: 3 })
    expect(led.ok).toBe(false)
    expect(inside.requests).toHaveLength(0)
  })

  it('is reached once its network was allowed: the table above can fail', async () => {
    const { safeFetch } = opened({ allowPrivateNetworks: ['127.0.0.0/8', '::1/128'] }, names)
    for (const host of ['127.0.0.1', 'inside.example', 'mixed.example', 'mapped.example', 'localhost']) {
      const answer = await safeFetch(`http://${host}:${inside.port}/`)
      expect(answer.ok && answer.value.body.toString()).toBe('secret')
    }
  })

  it('tells whoever runs it what the name led to, and nobody else', async () => {
    const refusals: Refusal[] = []
    const { safeFetch } = opened(INTERNET, names, { onRefused: (refusal) => refusals.push(refusal) })
    const answer = await safeFetch(`http://mixed.example:${inside.port}/secret-path?token=1`, { purpose: 'jwks' })
    expect(refusals).toEqual([
      {
        host: `mixed.example:${inside.port}`,
        why: 'private_address',
        address: '127.0.0.2 127.0.0.1',
        purpose: 'jwks',
      },
    ])
    expect(JSON.stringify(answer)).not.toContain('127.0.0.')
    expect(JSON.stringify(refusals)).not.toContain('secret-path')
  })
})

// Node sends header values as Latin-1.
const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

describe('a name that answers otherwise the second time', () => {
  it('is asked once for a connection, and refused at the next when it then leads inside', async () => {
    const answer = (
      _request: unknown,
      response: { writeHead: (status: number, headers: object) => { end: () => void } },
    ) => response.writeHead(204, { connection: 'close' }).end()
    const there = await started(answer as never, { host: '127.0.0.2' })
    const inside = await started(answer as never, { host: '127.0.0.1', port: there.port })
    const { safeFetch, asked } = opened(INTERNET, { 'rebinding.example': [['127.0.0.2'], ['127.0.0.1']] })
    const url = `http://rebinding.example:${there.port}/`
    expect(await codeOf(safeFetch(url))).toBe(204)
    expect(asked).toEqual(['rebinding.example'])
    expect(await codeOf(safeFetch(url))).toBe('OUTBOUND_REFUSED')
    expect([there.requests.length, inside.requests.length]).toEqual([1, 0])
    expect(there.requests[0]?.headers.host).toBe(`rebinding.example:${there.port}`)
  })
})

describe('a redirect', () => {
  const leading = (to: (port: number) => string, status = 302) =>
    started(
      (request, response) =>
        request.url === '/end'
          ? response.end('the end')
          : response.writeHead(status, { location: to(request.socket.localPort ?? 0) }).end(),
      { host: '127.0.0.2' },
    )

  it('is the answer unless redirects are asked for', async () => {
    const from = await leading(() => '/end')
    const { safeFetch } = opened(INTERNET, NAMES)
    const answer = await safeFetch(`http://a.example:${from.port}/`)
    expect(answer.ok && [answer.value.status, answer.value.headers.get('location')]).toEqual([302, '/end'])
    expect(from.requests).toHaveLength(1)
    const followed = await safeFetch(`http://a.example:${from.port}/`, { redirects: 1 })
    expect(followed.ok && [followed.value.body.toString(), followed.value.url]).toEqual([
      'the end',
      `http://a.example:${from.port}/end`,
    ])
  })

  it('is followed three times at the most, whatever is asked for', async () => {
    const from = await leading(() => '/again')
    const { safeFetch } = opened(INTERNET, NAMES)
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`, { redirects: 100 }))).toBe('OUTBOUND_FAILED')
    expect(from.requests).toHaveLength(4)
  })

  const credentials = { authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'k', 'accept-language': 'de' }

  it('takes no credential to another origin', async () => {
    const from = await leading((port) => `http://b.example:${port}/end`)
    const { safeFetch } = opened(INTERNET, NAMES)
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`, { redirects: 1, headers: credentials }))).toBe(200)
    const [first, second] = from.requests
    expect(first?.headers).toMatchObject(credentials)
    expect(second?.headers).toMatchObject({ host: `b.example:${from.port}`, 'accept-language': 'de' })
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(second?.headers).not.toHaveProperty(name)
  })

  it.each([
    [307, 'POST', 'b.example', 'OUTBOUND_REFUSED', ['POST']],
    [308, 'POST', 'b.example', 'OUTBOUND_REFUSED', ['POST']],
    [307, 'POST', 'a.example', 200, ['POST', 'POST']],
    [303, 'POST', 'b.example', 200, ['POST', 'GET']],
    [302, 'POST', 'a.example', 200, ['POST', 'GET']],
    [301, 'PUT', 'b.example', 'OUTBOUND_REFUSED', ['PUT']],
  ])('with %i takes the body of a %s to %s: %s', async (status, method, host, code, methods) => {
    const from = await leading((port) => `http://${host}:${port}/end`, status)
    const { safeFetch } = opened(INTERNET, NAMES)
    const options = { method, body: 'secret', redirects: 1, headers: { 'content-type': 'text/plain' } }
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`, options))).toBe(code)
    expect(from.requests.map((it) => it.method)).toEqual(methods)
    if (methods[1] === 'GET') expect(from.requests[1]?.headers).not.toHaveProperty('content-type')
  })
})

describe('an answer', () => {
  const BIG = Buffer.alloc(50_000_000)

  it.each([
    ['gzip', gzipSync(BIG)],
    ['br', brotliCompressSync(BIG)],
  ])('that unpacks (%s) to more than is taken is broken off', async (encoding, packed) => {
    expect(packed.length).toBeLessThan(65_536)
    const from = await started(
      (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(packed),
      {
        host: '127.0.0.2',
      },
    )
    const { safeFetch } = opened(INTERNET, NAMES)
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`))).toBe('OUTBOUND_TOO_LARGE')
  })

  it('that is long on the wire and unpacks to nothing is broken off too', async () => {
    const nothing = Buffer.concat(Array.from({ length: 5000 }, () => gzipSync('')))
    const from = await started(
      (_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }).end(nothing),
      { host: '127.0.0.2' },
    )
    const { safeFetch } = opened(INTERNET, NAMES)
    const url = `http://a.example:${from.port}/`
    expect(await codeOf(safeFetch(url))).toBe('OUTBOUND_TOO_LARGE')
    expect(await codeOf(safeFetch(url, { maxBytes: nothing.length }))).toBe(200)
  })

  it('that is packed is unpacked once, and says so no longer', async () => {
    const from = await started(
      (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello')),
      { host: '127.0.0.2' },
    )
    const { safeFetch } = opened(INTERNET, NAMES)
    const answer = await safeFetch(`http://a.example:${from.port}/`)
    expect(answer.ok && [answer.value.body.toString(), answer.value.headers.get('content-encoding')]).toEqual([
      'hello',
      null,
    ])
    expect(from.requests[0]?.headers['accept-encoding']).toBe('identity')
  })

  it.each([
    ['gzip, gzip', gzipSync(gzipSync('x'))],
    ['zstd', Buffer.from('x')],
    ['constructor', Buffer.from('x')],
    ['gzip', Buffer.from('no gzip at all')],
    ['gzip', gzipSync('x').subarray(0, 12)],
  ])('that is packed as %s in a way that is not undone is none', async (encoding, body) => {
    const from = await started(
      (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body),
      {
        host: '127.0.0.2',
      },
    )
    const { safeFetch } = opened(INTERNET, NAMES)
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`))).toBe('OUTBOUND_FAILED')
  })

  it('without end is broken off, and its connection closed', async () => {
    let closed: (() => void) | null = null
    const over = new Promise<void>((resolve) => {
      closed = resolve
    })
    const from = await started(
      (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(16_384))) {}
        }
        response.on('drain', more).on('close', () => closed?.())
        more()
      },
      { host: '127.0.0.2' },
    )
    const { safeFetch } = opened(INTERNET, NAMES)
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`))).toBe('OUTBOUND_TOO_LARGE')
    await over
  })

  it('that says it is larger than is taken is not read', async () => {
    const from = await started(
      (_request, response) => response.writeHead(200, { 'content-length': '65537' }).write('x'),
      {
        host: '127.0.0.2',
      },
    )
    const { safeFetch } = opened(INTERNET, NAMES)
    const url = `http://a.example:${from.port}/`
    expect(await codeOf(safeFetch(url))).toBe('OUTBOUND_TOO_LARGE')
    const short: OutboundOptions = { beyond: 'cut', maxBytes: 1, timeout: 5000 }
    expect(await codeOf(safeFetch(url, short))).toBe(200)
  })

  it('may be as large as is taken, and is cut there where that is asked for', async () => {
    const from = await started((_request, response) => response.end('abcdefgh'), { host: '127.0.0.2' })
    const { safeFetch } = opened(INTERNET, NAMES)
    const read = async (options: OutboundOptions) => {
      const answer = await safeFetch(`http://a.example:${from.port}/`, options)
      return answer.ok ? answer.value.body.toString() : answer.problem.code
    }
    expect(await read({ maxBytes: 8 })).toBe('abcdefgh')
    expect(await read({ maxBytes: 7 })).toBe('OUTBOUND_TOO_LARGE')
    expect(await read({ maxBytes: 3, beyond: 'cut' })).toBe('abc')
  })

  it.each([
    ['says nothing', () => {}],
    ['stops in the middle', (response: { write: (text: string) => void }) => response.write('x')],
    [
      'comes a byte at a time',
      (response: { write: (text: string) => void; on: (event: string, done: () => void) => void }) => {
        const timer = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ] as const)('that %s is not waited for', async (_how, answer) => {
    const from = await started((_request, response) => answer(response as never), { host: '127.0.0.2' })
    const { safeFetch } = opened(INTERNET, NAMES)
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`, { timeout: 500 }))).toBe('OUTBOUND_TIMEOUT')
  })

  it('of another type than was asked for is none', async () => {
    const from = await started(
      (request, response) => response.writeHead(200, { 'content-type': request.url?.slice(1) }).end('{}'),
      {
        host: '127.0.0.2',
      },
    )
    const { safeFetch } = opened(INTERNET, NAMES)
    const accept = ['application/json', 'text/*']
    const typed = (type: string) => codeOf(safeFetch(`http://a.example:${from.port}/${type}`, { accept }))
    for (const type of ['application/json', 'Application/JSON;charset=utf-8', 'text/plain'])
      expect(await typed(type)).toBe(200)
    for (const type of ['text', 'application/jsonp', 'image/svg+xml'])
      expect(await typed(type)).toBe('OUTBOUND_TYPE_WRONG')
    expect(from.requests[0]?.headers.accept).toBe('application/json, text/*')
  })

  it('does not come when nobody is there, or when whoever asked has gone', async () => {
    const from = await started(() => undefined, { host: '127.0.0.2' })
    const { safeFetch } = opened(INTERNET, NAMES)
    const leaving = new AbortController()
    const asked = safeFetch(`http://a.example:${from.port}/`, { signal: leaving.signal })
    leaving.abort()
    expect(await codeOf(asked)).toBe('OUTBOUND_FAILED')
    await from.close()
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`))).toBe('OUTBOUND_FAILED')
  })
})

describe('a request', () => {
  it('carries no header of the connection, whoever sets it', async () => {
    const from = await started((_request, response) => response.end(), { host: '127.0.0.2' })
    const { safeFetch } = opened(INTERNET, NAMES)
    const headers = {
      Host: 'inside.example',
      Connection: 'upgrade, x-mine',
      Upgrade: 'h2c',
      'Transfer-Encoding': 'chunked',
      'Content-Length': '999',
      'Proxy-Authorization': 'Basic x',
      Expect: '100-continue',
      'X-Mine': 'kept',
    }
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`, { method: 'POST', body: 'four', headers }))).toBe(
      200,
    )
    const seen = from.requests[0]?.headers
    expect(seen).toMatchObject({
      host: `a.example:${from.port}`,
      'content-length': '4',
      'x-mine': 'kept',
      'user-agent': 'Sallyport',
    })
    for (const name of ['upgrade', 'transfer-encoding', 'proxy-authorization', 'expect'])
      expect(seen).not.toHaveProperty(name)
  })

  it('that no server could take is a failure, and not a fault of ours', async () => {
    const { safeFetch } = opened(INTERNET, NAMES)
    for (const options of [{ headers: { 'x-a': 'b\r\nc: d' } }, { method: 'G E T' }, { headers: { 'a b': 'c' } }])
      expect(await codeOf(safeFetch('http://a.example/', options))).toBe('OUTBOUND_FAILED')
  })

  it('does not go through a proxy of the environment', async () => {
    const [there, proxy] = [
      await started((_request, response) => response.end('direct'), { host: '127.0.0.2' }),
      await started(() => undefined),
    ]
    const before = { ...process.env }
    const address = `http://127.0.0.1:${proxy.port}`
    Object.assign(process.env, {
      HTTP_PROXY: address,
      http_proxy: address,
      ALL_PROXY: address,
      NODE_USE_ENV_PROXY: '1',
    })
    try {
      const answer = await opened(INTERNET, NAMES).safeFetch(`http://a.example:${there.port}/`)
      expect(answer.ok && answer.value.body.toString()).toBe('direct')
    } finally {
      process.env = before
    }
    expect(proxy.requests).toHaveLength(0)
  })

  it('waits while the host has as many as it may have, and is refused when the line is long', async () => {
    const held: (() => void)[] = []
    let inside = 0
    let most = 0
    const from = await started(
      (_request, response) => {
        inside += 1
        most = Math.max(most, inside)
        held.push(() => {
          inside -= 1
          response.end()
        })
      },
      { host: '127.0.0.2' },
    )
    const { safeFetch } = opened({ ...INTERNET, perHost: 2 }, NAMES)
    const ended: (string | number | undefined)[] = []
    const all = Array.from({ length: 100 }, async () =>
      ended.push(await codeOf(safeFetch(`http://a.example:${from.port}/`))),
    )
    // Two are there, 64 wait, and the others were told at once.
    await until(() => held.length === 2 && ended.length === 34)
    expect(new Set(ended)).toEqual(new Set(['OUTBOUND_BUSY']))
    await until(() => {
      for (const end of held.splice(0)) end()
      return ended.length === 100
    })
    await Promise.all(all)
    expect(ended.filter((code) => code === 200)).toHaveLength(66)
    expect(most).toBe(2)
  })

  it('that gives up waiting for its turn takes nobody else’s', async () => {
    const held: (() => void)[] = []
    const from = await started((_request, response) => held.push(() => response.end()), { host: '127.0.0.2' })
    const { safeFetch } = opened({ ...INTERNET, perHost: 1 }, NAMES)
    const url = `http://a.example:${from.port}/`
    const first = codeOf(safeFetch(url))
    await until(() => held.length === 1)
    const impatient = safeFetch(url, { timeout: 50 })
    const patient = codeOf(safeFetch(url))
    expect(await codeOf(impatient)).toBe('OUTBOUND_BUSY')
    held[0]?.()
    await until(() => held.length === 2)
    held[1]?.()
    expect(await Promise.all([first, patient])).toEqual([200, 200])
  })

  it('ends when the way out is closed', async () => {
    const from = await started(() => undefined, { host: '127.0.0.2' })
    const { safeFetch, stop } = opened(INTERNET, NAMES)
    const asked = codeOf(safeFetch(`http://a.example:${from.port}/`))
    await until(() => from.requests.length === 1)
    await stop()
    expect(await asked).toBe('OUTBOUND_FAILED')
    expect(await codeOf(safeFetch(`http://a.example:${from.port}/`))).toBe('OUTBOUND_FAILED')
  })
})

describe('over TLS', () => {
  const authority = makeCertificate({ subject: { CN: 'authority' }, ca: true })
  const own = makeCertificate({ subject: { CN: 'a.example' }, issuer: authority, host: 'a.example' })
  let port = 0
  const server = createTlsServer(
    { cert: own.pem, key: own.key.export({ type: 'pkcs8', format: 'pem' }) },
    (request, response) =>
      request.url === '/down'
        ? response.writeHead(302, { location: `http://a.example:${port}/` }).end()
        : response.end(request.headers.host),
  )
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  it('a server proves the name that was asked for, although the connection goes to a checked address', async () => {
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority.pem])
    try {
      const { safeFetch } = opened(INTERNET, NAMES)
      const answer = await safeFetch(`https://a.example:${port}/`)
      expect(answer.ok && answer.value.body.toString()).toBe(`a.example:${port}`)
      expect(await codeOf(safeFetch(`https://b.example:${port}/`))).toBe('OUTBOUND_FAILED')
      expect(await codeOf(safeFetch(`https://a.example:${port}/down`, { redirects: 3 }))).toBe('OUTBOUND_REFUSED')
    } finally {
      setDefaultCACertificates(before)
    }
  })

  it('one that nobody vouches for is not believed, whatever the environment says', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      expect(await codeOf(opened(INTERNET, NAMES).safeFetch(`https://a.example:${port}/`))).toBe('OUTBOUND_FAILED')
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    }
  })
})
