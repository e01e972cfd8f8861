import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { anonymous, type EventInput, type Exchange } from '../../core/index.ts'
import { type ErrorSettings, errorRule } from './rule.ts'
import { excerptOf, shownIn } from './shows.ts'

const exchange = {
  request: { id: 'req_1', method: 'GET', client: { text: '192.0.2.1' } },
  principal: anonymous,
  route: { id: 'orders', public: true },
} as unknown as Exchange

type Given = { status?: number; body?: string | Buffer; encoding?: string; headers?: Record<string, string> }

function judge(settings: ErrorSettings, { status = 500, body = 'oops', encoding, headers = {} }: Given) {
  const events: EventInput[] = []
  const rule = errorRule(settings, (event) => events.push(event))
  const head = { status, type: 'text/plain', encoding, header: (name: string) => headers[name] }
  if (rule === null || status < rule.from || rule.look(exchange, head) === 'pass') return { is: 'passes', events }
  const ruling = rule.judge(exchange, { ...head, bytes: Buffer.from(body) })
  return { is: ruling.is, problem: ruling.is === 'deny' ? ruling.problem : null, events }
}

const INSPECT = { server: 'inspect', client: 'inspect' } as const
const TRACE = 'Error: no\n    at pay (/srv/app/src/pay.js:12:7)'

describe('an error of an upstream', () => {
  test('of its own is replaced, with its status', () => {
    const { problem } = judge({ server: 'replace', client: 'pass' }, { status: 503, headers: { 'retry-after': '7' } })
    expect(problem).toMatchObject({ code: 'UPSTREAM_ERROR', status: 503, headers: { 'retry-after': '7' } })
  })

  test('that it blames on the client passes, unless that is asked for', () => {
    expect(judge({ server: 'replace', client: 'pass' }, { status: 404 }).is).toBe('passes')
    const { problem } = judge({ server: 'pass', client: 'replace' }, { status: 405, headers: { allow: 'GET' } })
    expect(problem).toMatchObject({ code: 'UPSTREAM_REFUSED', status: 405, headers: { allow: 'GET' } })
    expect(judge({ server: 'pass', client: 'replace' }, { status: 500 }).is).toBe('passes')
  })

  test('is nobody’s business where all pass', () => {
    expect(errorRule({ server: 'pass', client: 'pass' }, () => undefined)).toBe(null)
  })

  test('that is inspected is replaced where it tells of the inside', () => {
    expect(judge(INSPECT, { status: 422, body: '{"error":"amount is missing"}' }).is).toBe('same')
    expect(judge(INSPECT, { status: 422, body: TRACE }).problem?.code).toBe('UPSTREAM_REFUSED')
    expect(judge(INSPECT, { status: 500, body: TRACE }).problem?.code).toBe('UPSTREAM_ERROR')
  })

  test('that is inspected is unpacked before, and replaced where that can not be', () => {
    expect(judge(INSPECT, { body: gzipSync('{"error":"busy"}'), encoding: 'gzip' }).is).toBe('same')
    expect(judge(INSPECT, { body: gzipSync(TRACE), encoding: 'GZIP' }).is).toBe('deny')
    expect(judge(INSPECT, { body: 'no gzip', encoding: 'gzip' }).is).toBe('deny')
    expect(judge(INSPECT, { body: gzipSync(Buffer.alloc(10_000_000)), encoding: 'gzip' }).is).toBe('deny')
    expect(judge(INSPECT, { body: 'x', encoding: 'zstd' }).is).toBe('deny')
  })

  test('that is longer than is inspected is replaced', () => {
    expect(judge(INSPECT, { body: 'a'.repeat(16_384) }).is).toBe('deny')
  })

  test('is told to the operator, without what looks like a secret or a name', () => {
    const body = `{"message":"duplicate key value violates unique constraint, mail ana@example.com, card 4111 1111 1111 1111, ${'k'.repeat(40)}"}`
    const { events } = judge({ server: 'replace', client: 'pass' }, { body })
    expect(events).toEqual([
      {
        type: 'answer.error_replaced',
        outcome: 'success',
        principalKind: 'anonymous',
        principal: anonymous.id,
        credential: null,
        organization: null,
        address: '192.0.2.1',
        method: 'GET',
        route: 'orders',
        requestId: 'req_1',
        details: {
          status: 500,
          shows: 'sql error',
          excerpt: '{"message":"duplicate key value violates unique constraint, mail [mail] card [number], [long]"}',
        },
      },
    ])
  })
})

describe('what tells of the inside', () => {
  test.each([
    ['stack trace', TRACE],
    ['stack trace', 'Traceback (most recent call last):\n  File "x.py", line 3'],
    ['stack trace', 'Exception in thread "main" java.lang.NullPointerException\n\tat shop.Pay.go(Pay.java:42)'],
    ['stack trace', '{"stack":"Error: no\\n    at go (file:///x.js:1:2)"}'],
    ['stack trace', 'panic: boom\n\ngoroutine 1 [running]:'],
    ['stack trace', "app/models/order.rb:12:in 'find'"],
    ['stack trace', 'Fatal error: Uncaught Error in /x.php on line 3'],
    ['sql error', 'You have an error in your SQL syntax; check the manual'],
    ['sql error', 'ERROR: syntax error at or near "FROM"'],
    ['sql error', 'SQLSTATE[42S02]: Base table or view not found'],
    ['sql error', 'ORA-00942: table or view does not exist'],
    ['internal address', 'connect ECONNREFUSED'],
    ['internal address', 'could not connect to 10.2.3.4'],
    ['internal address', 'http://orders.prod.svc/x'],
    ['debug page', '<title>Werkzeug Debugger</title>'],
    ['debug page', 'Whitelabel Error Page'],
    ['path of a file', 'cannot open /var/www/shop/index.php'],
    ['path of a file', 'C:\\inetpub\\wwwroot'],
  ])('is a %s in %j', (shows, text) => expect(shownIn(text)).toContain(shows))

  test.each([
    '{"error":"The order was not found."}',
    '{"code":"OUT_OF_STOCK","detail":"Only 3 left at the moment"}',
    '<h1>Bad Gateway</h1>',
    'See https://docs.example.com/errors/42',
    'Meet us at noon (bring 3:1 mix)',
    '10.5.1 is the version',
  ])('is nothing in %j', (text) => expect(shownIn(text)).toEqual([]))
})

test('an excerpt is short, printable and without markup', () => {
  const text = excerptOf(`<html><style>x{}</style><h1>Pas\u0000swort 'geheim' für\r\n${'wort '.repeat(100)}`)
  expect(text.startsWith("Pas swort '…' f r wort wort")).toBe(true)
  expect(text.length).toBe(200)
})
