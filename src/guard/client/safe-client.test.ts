import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../test/support/certificates.ts'
import { startSeen } from '../testing.ts'
import type { Asked, AskOptions } from './asked.ts'
import type { SafeClientOptions } from './options.ts'

import { authority, carrierCertificate, keyOf, openTested, startCarrier } from './testing.ts'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void

async function started(answer: Answer, more: Parameters<typeof startCarrier>[1] = {}) {
  let count = 0
  const carrier = await startCarrier((request, response) => answer(request, response, count++), more)
  undo.push(carrier.close)
  return carrier
}

function opened<T = unknown>(schema: object | null, options: SafeClientOptions) {
  const client = openTested<T>(schema, options)
  undo.unshift(client.stop)
  return client
}

const json = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

const codeOf = (asked: Asked<unknown>) => (asked.ok ? asked.value.status : asked.problem.code)

const PARCEL = {
  type: 'object',
  required: ['id', 'grams'],
  properties: { id: { type: 'string', pattern: '^par_[a-z]+$' }, grams: { type: 'integer', minimum: 1 } },
  additionalProperties: false,
}
const PARCELS = { type: 'array', items: PARCEL }
type Parcel = { readonly id: string; readonly grams: number }

describe('an answer', () => {
  it('is held to its schema, and brought as it is', async () => {
    const carrier = await started((_request, response) => json(response, { id: 'par_a', grams: 7 }))
    const client = opened<Parcel>(PARCEL, { url: carrier.url, headers: { Authorization: 'Bearer ours' } })
    const asked = await client.ask('/parcels/par_a', { query: { fields: 'id&grams' } })
    expect(asked).toMatchObject({
      ok: true,
      value: { status: 200, body: { id: 'par_a', grams: 7 }, refused: [], attempts: 1 },
    })
    expect(carrier.requests[0]?.url).toBe('/v2/parcels/par_a?fields=id%26grams')
    expect(carrier.requests[0]?.headers).toMatchObject({ authorization: 'Bearer ours', accept: 'application/json' })
    expect(client.events).toEqual([])
  })

  it('that is a list gives its good elements, and the places of those that are left out', async () => {
    const all = [
      { id: 'par_a', grams: 7 },
      { id: 'par_b', grams: '<script>' },
      { id: 'par_c' },
      { id: 'par_d', grams: 2 },
    ]
    const carrier = await started((_request, response) => json(response, all))
    const client = opened<Parcel[]>(PARCELS, { url: carrier.url })
    const asked = await client.ask('parcels')
    expect(asked).toMatchObject({
      ok: true,
      value: {
        body: [all[0], all[3]],
        refused: [
          { path: '/1/grams', message: 'type: must be integer' },
          { path: '/2/grams', message: 'required: is missing' },
        ],
      },
    })
    expect(client.events).toEqual([
      {
        type: 'third_party.differed',
        outcome: 'failure',
        code: null,
        details: { provider: 'carrier', left: 2, why: '/1/grams type: must be integer' },
      },
    ])
    expect(client.figures()).toMatchObject({ calls: 1, answered: 1, leftOut: 2, differed: 0 })
  })

  it('with a list inside is judged element by element there, and as a whole', async () => {
    const page = {
      type: 'object',
      required: ['next'],
      properties: { rows: { $ref: '#/$defs/rows' }, next: { type: 'string' } },
    }
    const schema = { ...page, $defs: { rows: { ...PARCELS, minItems: 1 } } }
    const answers = [
      { rows: [{ id: 'par_a', grams: 1 }, null], next: 'b' },
      { rows: [{ id: 'par_a', grams: 0 }], next: 'b' },
      { rows: [{ id: 'par_a', grams: 1 }] },
    ]
    const carrier = await started((_request, response, count) => json(response, answers[count]))
    const client = opened(schema, { url: carrier.url, at: 'rows[]' })
    expect(await client.ask('rows')).toMatchObject({
      value: { body: { rows: [{ id: 'par_a' }], next: 'b' }, refused: [{ path: '/rows/1' }] },
    })
    const empty = await client.ask('rows')
    expect(empty).toMatchObject({ ok: false, problem: { code: 'THIRD_PARTY_ANSWER_INVALID' }, status: 200 })
    expect(empty).toMatchObject({ refused: [{ path: '/rows' }, { path: '/rows/0/grams' }] })
    expect(await client.ask('rows')).toMatchObject({ refused: [{ path: '/next', message: 'required: is missing' }] })
    expect(client.figures()).toMatchObject({ calls: 3, answered: 1, differed: 2 })
  })

  it('is refused whole for one wrong element where that is asked for', async () => {
    const carrier = await started((_request, response) => json(response, [{ id: 'par_a', grams: 1 }, {}]))
    const client = opened(PARCELS, { url: carrier.url, otherwise: 'refuse' })
    const asked = await client.ask('parcels')
    expect(codeOf(asked)).toBe('THIRD_PARTY_ANSWER_INVALID')
    expect(asked).toMatchObject({ refused: [{ path: '/1/id', message: 'required: is missing' }] })
    expect(client.events).toMatchObject([{ code: 'THIRD_PARTY_ANSWER_INVALID', details: { left: 0 } }])
  })

  it.each([
    ['of another type', 'text/html', '<html>', 'OUTBOUND_TYPE_WRONG'],
    ['that is half a text', 'application/json', '{"id":', 'THIRD_PARTY_ANSWER_INVALID'],
    ['with a name twice', 'application/json', '{"id":"par_a","id":"par_b","grams":1}', 'THIRD_PARTY_ANSWER_INVALID'],
    ['that reaches into prototypes', 'application/json', '{"__proto__":{"admin":true}}', 'THIRD_PARTY_ANSWER_INVALID'],
    ['that is nested without end', 'application/json', '['.repeat(5_000), 'THIRD_PARTY_ANSWER_INVALID'],
    ['that is empty', 'application/json', '', 'THIRD_PARTY_ANSWER_INVALID'],
    ['with more than was agreed', 'application/json', '{"id":"par_a","grams":1,"x":1}', 'THIRD_PARTY_ANSWER_INVALID'],
  ])('%s is none', async (_, type, body, code) => {
    const carrier = await started((_request, response) => response.writeHead(200, { 'content-type': type }).end(body))
    const client = opened(PARCEL, { url: carrier.url })
    expect(codeOf(await client.ask('parcels/par_a'))).toBe(code)
    expect(carrier.requests).toHaveLength(1)
  })

  it('of which nothing is read may be empty', async () => {
    const carrier = await started((_request, response) => response.writeHead(204).end())
    const client = opened(PARCEL, { url: carrier.url }).as(null)
    const asked = await client.ask('parcels/par_a', { method: 'DELETE' })
    expect(asked).toMatchObject({ ok: true, value: { status: 204, body: null } })
  })

  it('without end is broken off', async () => {
    const carrier = await started((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        while (!response.destroyed && response.write('[1,'.repeat(4_096))) {}
      }
      response.on('drain', more)
      more()
    })
    const client = opened(PARCELS, { url: carrier.url, maxBytes: 65_536 })
    expect(codeOf(await client.ask('parcels'))).toBe('OUTBOUND_TOO_LARGE')
  })

  it.each([
    ['says nothing', () => undefined],
    ['stops in the middle', (response: ServerResponse) => void response.writeHead(200).write('[')],
  ])('that %s is not waited for, and not asked for again', async (_, answer) => {
    const carrier = await started((_request, response) => answer(response))
    const client = opened(PARCELS, { url: carrier.url, timeout: 400, accept: ['application/json'] }).as(null)
    expect(codeOf(await client.ask('parcels'))).toBe('OUTBOUND_TIMEOUT')
    expect(carrier.requests).toHaveLength(1)
  })

  it('that leads elsewhere is not followed', async () => {
    const inside = await startSeen((_request, response) => response.end('secret'))
    undo.push(inside.close)
    const location = `http://127.0.0.1:${inside.port}/latest/meta-data`
    const carrier = await started((_request, response) => response.writeHead(302, { location }).end())
    const client = opened(PARCEL, { url: carrier.url })
    const asked = await client.ask('parcels/par_a')
    expect([codeOf(asked), asked.ok ? null : asked.status]).toEqual(['THIRD_PARTY_FAILED', 302])
    expect(inside.requests).toHaveLength(0)
  })
})

describe('a path', () => {
  it.each([
    ...['../admin', 'parcels/../../admin', 'parcels/%2e%2e/%2e%2e/admin', 'parcels/..%2f..%2fadmin', '//evil.example/'],
    ...['https://evil.example/', '\\\\evil.example', 'parcels?id=1', 'parcels#x', 'parcels/%00', 'a b', 'é', 'a%252fb'],
  ])('stays below the address of the provider: %s', async (path) => {
    const carrier = await started((_request, response) => json(response, {}))
    const client = opened(null, { url: carrier.url })
    expect(codeOf(await client.ask(path))).toBe('THIRD_PARTY_REQUEST_REFUSED')
    expect(carrier.requests).toHaveLength(0)
  })

  it('may hold what ids are written with', async () => {
    const carrier = await started((_request, response) => json(response, {}))
    const client = opened(null, { url: carrier.url })
    const path = `parcels/${encodeURIComponent('a b+c@d:é')}`
    expect(codeOf(await client.ask(path))).toBe(200)
    expect(carrier.requests[0]?.url).toBe('/v2/parcels/a%20b%2Bc%40d%3A%C3%A9')
  })
})

describe('a part of a request', () => {
  it.each([
    ['a header with a line end', { headers: { 'x-customer': 'a\r\nx-admin: 1' } }],
    ['a header that is none', { headers: { 'x customer': 'a' } }],
    ['a header beyond Latin', { headers: { 'x-customer': 'Ωμέγα' } }],
    ['a method that is none', { method: 'G E T' as 'GET' }],
    ['a method of proxies', { method: 'CONNECT' as 'GET' }],
  ] satisfies [string, AskOptions][])(
    'that cannot be sent, as %s, does not count against the provider',
    async (_, options) => {
      const carrier = await started((_request, response) => json(response, []))
      const client = opened(PARCELS, { url: carrier.url, breaker: { failures: 1 } })
      expect(codeOf(await client.ask('parcels', options))).toBe('THIRD_PARTY_REQUEST_REFUSED')
      expect(codeOf(await client.ask('parcels'))).toBe(200)
      expect(carrier.requests).toHaveLength(1)
    },
  )
})

describe('a call', () => {
  it('is made again after 500 and 503, later each time', async () => {
    const carrier = await started((_request, response, count) => json(response, [], [500, 503, 200][count]))
    const client = opened(PARCELS, { url: carrier.url })
    expect(await client.ask('parcels')).toMatchObject({ ok: true, value: { status: 200, attempts: 3 } })
    expect(client.waits).toEqual([200, 400])
    expect(client.calls).toEqual([
      { provider: 'carrier', outcome: 'answered', code: null, status: 200, attempts: 3, leftOut: 0, duration: 600 },
    ])
    expect(client.figures()).toMatchObject({ calls: 1, answered: 1, retries: 2, breaker: 'closed' })
  })

  it('that fails each time brings the last status, and says so once', async () => {
    const carrier = await started((_request, response) => json(response, { error: 'at db.internal' }, 502))
    const client = opened(PARCELS, { url: carrier.url })
    const asked = await client.ask('parcels')
    expect(asked).toMatchObject({ ok: false, problem: { code: 'THIRD_PARTY_FAILED' }, status: 502, attempts: 3 })
    expect(JSON.stringify(asked)).not.toContain('db.internal')
    expect(client.events).toEqual([
      {
        type: 'third_party.failed',
        outcome: 'failure',
        code: 'THIRD_PARTY_FAILED',
        details: { provider: 'carrier', status: 502, attempts: 3 },
      },
    ])
  })

  it.each([
    ['a method that does something each time', { method: 'POST', body: { grams: 1 } }, 500, 1],
    ['that method where it may be repeated', { method: 'POST', body: { grams: 1 }, repeat: true }, 500, 3],
    ['a method that may not be repeated here', { repeat: false }, 500, 1],
    ['a status that will be the same', {}, 501, 1],
    ['what is not there', {}, 404, 1],
  ] as const)('by %s is made as often as it may', async (_, options, status, times) => {
    const carrier = await started((_request, response) => json(response, {}, status))
    const client = opened(PARCELS, { url: carrier.url })
    expect(await client.ask('parcels', options)).toMatchObject({ ok: false, status, attempts: times })
    expect(carrier.requests).toHaveLength(times)
  })

  it('waits as long as it is told, and not where that is too long', async () => {
    let said = '3'
    const carrier = await started((_request, response, count) => {
      if (count === 1) json(response, [])
      else response.writeHead(503, { 'retry-after': said }).end()
    })
    const client = opened(PARCELS, { url: carrier.url })
    expect(codeOf(await client.ask('parcels'))).toBe(200)
    expect(client.waits).toEqual([3_000])
    said = '3600'
    expect(await client.ask('parcels')).toMatchObject({ problem: { retryAfter: 3_600 }, attempts: 1 })
  })

  it.each([
    ['in words', 'soon', [200]],
    ['as a date', new Date(1_800_000_002_000).toUTCString(), [2_000]],
    ['as a date that is over', new Date(0).toUTCString(), [200]],
    ['below zero', '-1', [200]],
    ['with a fraction', '0.5', [200]],
  ])('reads a wait that is written %s', async (_, said, waits) => {
    const carrier = await started((_request, response) => response.writeHead(503, { 'retry-after': said }).end())
    const client = opened(PARCELS, { url: carrier.url, retries: { attempts: 2 } })
    await client.ask('parcels')
    expect(client.waits).toEqual(waits)
  })

  it('has one time for everything', async () => {
    const carrier = await started((_request, response) => json(response, {}, 503))
    const client = opened(PARCELS, { url: carrier.url, deadline: 500, retries: { attempts: 10 } })
    expect(await client.ask('parcels')).toMatchObject({ ok: false, attempts: 2 })
  })

  it('is repeated only while there is a budget for it', async () => {
    const carrier = await started((_request, response) => json(response, {}, 503))
    const client = opened(PARCELS, { url: carrier.url, breaker: { failures: 1000 }, retries: { budget: 0 } })
    for (let i = 0; i < 20; i++) await client.ask('parcels')
    expect(carrier.requests).toHaveLength(20 + 10)
  })

  it('ends when whoever made it has gone, and says nothing of the provider', async () => {
    const leaving = new AbortController()
    const carrier = await started(() => leaving.abort())
    const client = opened(PARCELS, { url: carrier.url, breaker: { failures: 1 } })
    expect(await client.ask('parcels', { signal: leaving.signal })).toMatchObject({ ok: false, attempts: 1 })
    expect(client.figures().breaker).toBe('closed')
  })

  it('is made again where the connection broke', async () => {
    const carrier = await started((request, response, count) => {
      if (count === 0) request.socket.destroy()
      else json(response, [])
    })
    const client = opened(PARCELS, { url: carrier.url })
    expect(await client.ask('parcels')).toMatchObject({ ok: true, value: { attempts: 2 } })
  })
})

describe('a provider that fails again and again', () => {
  const options = { retries: { attempts: 1 }, breaker: { failures: 3, open: 10_000 } }

  it('is left alone for a while, then tried, and asked again when it is well', async () => {
    let isWell = false
    const carrier = await started((_request, response) => json(response, [], isWell ? 200 : 503))
    const client = opened(PARCELS, { url: carrier.url, ...options })
    for (let i = 0; i < 3; i++) expect(codeOf(await client.ask('parcels'))).toBe('THIRD_PARTY_FAILED')
    const spared = await client.ask('parcels')
    expect(spared).toMatchObject({ problem: { code: 'THIRD_PARTY_UNAVAILABLE', retryAfter: 10 }, attempts: 0 })
    expect(carrier.requests).toHaveLength(3)

    client.pass(10_000)
    expect(codeOf(await client.ask('parcels'))).toBe('THIRD_PARTY_FAILED')
    expect(codeOf(await client.ask('parcels'))).toBe('THIRD_PARTY_UNAVAILABLE')
    client.pass(10_000)
    isWell = true
    expect(codeOf(await client.ask('parcels'))).toBe(200)
    expect(codeOf(await client.ask('parcels'))).toBe(200)
    expect(client.figures()).toMatchObject({ calls: 8, answered: 2, failed: 4, spared: 2, breaker: 'closed' })
    const told = client.events.map(({ type }) => type).filter((type) => type !== 'third_party.failed')
    const [opens, tries, closes] = ['third_party.opened', 'third_party.tried', 'third_party.closed']
    expect(told).toEqual([opens, tries, opens, tries, closes])
  })

  it('is tried by one call at a time', async () => {
    const held: (() => void)[] = []
    const carrier = await started((_request, response, count) => {
      if (count !== 3) json(response, [], count < 3 ? 503 : 200)
      else held.push(() => json(response, []))
    })
    const client = opened(PARCELS, { url: carrier.url, ...options })
    for (let i = 0; i < 3; i++) await client.ask('parcels')
    client.pass(10_000)
    const first = client.ask('parcels')
    const others = await Promise.all([client.ask('parcels'), client.ask('parcels')])
    expect(others.map(codeOf)).toEqual(['THIRD_PARTY_UNAVAILABLE', 'THIRD_PARTY_UNAVAILABLE'])
    while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    held[0]?.()
    expect(codeOf(await first)).toBe(200)
    expect(codeOf(await client.ask('parcels'))).toBe(200)
  })

  it('is the same for all that is asked of it', async () => {
    const carrier = await started((_request, response) => json(response, {}, 503))
    const client = opened(PARCELS, { url: carrier.url, ...options })
    const other = client.as(PARCEL)
    for (const each of [client, other, client]) await each.ask('parcels')
    expect(codeOf(await other.ask('parcels/par_a'))).toBe('THIRD_PARTY_UNAVAILABLE')
    expect(other.figures()).toEqual(client.figures())
  })

  it('is not one that answers what nobody wants, or says that something is not there', async () => {
    const carrier = await started((_request, response, count) => json(response, { wrong: true }, count % 2 ? 404 : 200))
    const client = opened(PARCELS, { url: carrier.url, ...options })
    for (let i = 0; i < 8; i++) await client.ask('parcels')
    expect(client.figures()).toMatchObject({ differed: 4, failed: 4, breaker: 'closed' })
  })
})

describe('over TLS', () => {
  const empty = { tls: {}, retries: { attempts: 1 } }

  it.each([
    ['vouches for itself', makeCertificate({ subject: { CN: 'carrier.example' }, host: 'carrier.example' })],
    ['has another name', makeCertificate({ subject: { CN: 'x' }, issuer: authority, host: 'other.example' })],
    [
      'is out of date',
      makeCertificate({ subject: { CN: 'x' }, issuer: authority, host: 'carrier.example', to: new Date('2024-02-01') }),
    ],
  ])('a provider whose certificate %s is not believed, whatever the environment says', async (_, certificate) => {
    const carrier = await started((_request, response) => json(response, []), { certificate })
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      expect(codeOf(await opened(PARCELS, { url: carrier.url }).ask('parcels'))).toBe('OUTBOUND_FAILED')
      expect(codeOf(await opened(PARCELS, { url: carrier.url, ...empty }).ask('parcels'))).toBe('OUTBOUND_FAILED')
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    }
    expect(carrier.requests).toHaveLength(0)
  })

  it('a provider that asks who we are is shown our certificate', async () => {
    const carrier = await started((_request, response) => json(response, []), { mutual: true })
    const own = makeCertificate({ subject: { CN: 'shop.example' }, issuer: authority })
    const tls = { authority: authority.pem, certificate: own.pem, key: keyOf(own) }
    expect(codeOf(await opened(PARCELS, { url: carrier.url, tls }).ask('parcels'))).toBe(200)
    const stranger = opened(PARCELS, { url: carrier.url, retries: { attempts: 1 } })
    expect(codeOf(await stranger.ask('parcels'))).toBe('OUTBOUND_FAILED')
    expect(carrier.requests).toHaveLength(1)
  })
})

describe('a provider inside', () => {
  it('is not reached unless its network is allowed, and that is told', async () => {
    const carrier = await started((_request, response) => json(response, []))
    const client = opened(PARCELS, { url: carrier.url, allowPrivateNetworks: [] })
    expect(codeOf(await client.ask('parcels'))).toBe('OUTBOUND_REFUSED')
    expect(client.events.map(({ type }) => type)).toEqual(['outbound.refused', 'third_party.failed'])
    expect(client.figures().breaker).toBe('closed')
  })
})

describe('a client is not made', () => {
  const url = 'https://carrier.example/v2/'
  const own = carrierCertificate()

  it.each<readonly [what: string, options: unknown, sentence: RegExp]>([
    ['without an address', {}, /url must be the address/],
    ['for what is no address', { url: 'carrier' }, /url must be the address/],
    ['for an address with a query', { url: `${url}?a=1` }, /no query/],
    ['for an address with a password', { url: 'https://a:b@carrier.example/' }, /no password/],
    ['without TLS', { url: 'http://carrier.example/' }, /url must begin with https/],
    ['for an address inside', { url: 'https://127.0.0.1/' }, /private address/],
    ['for a port of something else', { url: 'https://carrier.example:25/' }, /port 25/],
    ['with an option that there is not', { url, rejectUnauthorized: false }, /no option "rejectUnauthorized"/],
    ['with a retry option that there is not', { url, retries: { times: 3 } }, /no option "retries.times"/],
    ['with endless attempts', { url, retries: { attempts: 1_000 } }, /retries.attempts must be/],
    ['with retries of what was answered well', { url, retries: { statuses: [200] } }, /from 400 to 599/],
    ['with a breaker that never opens', { url, breaker: { failures: 0 } }, /breaker.failures/],
    ['with a certificate and no key', { url, tls: { certificate: own.pem } }, /belong together/],
    ['with the key of another', { url, tls: { certificate: own.pem, key: keyOf(authority) } }, /tls cannot be used/],
    ['with TLS that is not verified', { url, tls: { rejectUnauthorized: false } }, /no option "tls/],
    ['with a header that is two', { url, headers: { a: 'b\r\nc: d' } }, /headers has "a"/],
    ['with a name that is a sentence', { url, provider: 'a b' }, /provider must be a name/],
    ['with a list that the schema does not have', { url, at: 'rows[]' }, /no list at "rows\[\]"/],
    ['with a place that is none', { url, at: 'rows' }, /at must be as/],
    ['with a word for something else', { url, otherwise: 'ignore' }, /otherwise must be/],
  ])('%s', (_, options, sentence) => {
    expect(() =>
      openTested(PARCELS, { allowPrivateNetworks: [], allowAnyPort: false, ...(options as SafeClientOptions) }),
    ).toThrow(sentence)
  })

  it.each<readonly [what: string, schema: unknown, sentence: RegExp]>([
    ['of a schema that is none', 'string', /must be a JSON Schema/],
    ['of a schema that says nothing', {}, /must be a JSON Schema/],
    ['of a word that no schema has', { type: 'object', requierd: ['id'] }, /requierd/],
    ['of a type that there is not', { type: 'text' }, /cannot be used/],
    ['of a pattern that takes forever', { type: 'string', pattern: '^(a+)\\1$' }, /cannot be used/],
  ])('%s', (_, schema, sentence) => {
    expect(() => openTested(schema as object, { url })).toThrow(sentence)
  })
})
