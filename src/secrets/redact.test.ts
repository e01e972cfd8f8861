import { Writable } from 'node:stream'
import fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { Secret } from '../core/index.ts'
import { logRedaction, redact, redactText } from './index.ts'

const KEY = `sp_live_${'0123456789abcdefghjkmnpq'}${'Ab9'.repeat(15)}`
const JWT = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.${'c2lnbmF0dXJl'.repeat(4)}`
const PEM = `-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIPlanted\n-----END PRIVATE KEY-----`

const planted: readonly [string, string, string][] = [
  ['a key of ours', `refused ${KEY} today`, 'refused [redacted] today'],
  ['a key of ours in a path', `/orders/${KEY}/items`, '/orders/[redacted]/items'],
  ['a key of another brand', `acme_test_${'x1'.repeat(20)}`, '[redacted]'],
  ['a JSON Web Token', `token was ${JWT}.`, 'token was [redacted]'],
  ['a private key', `pem: ${PEM} end`, 'pem: [redacted] end'],
  ['half a private key', PEM.slice(0, 60), '[redacted]'],
  ['a private key on one line', JSON.stringify({ pem: PEM }), '{"pem":"[redacted]"}'],
  ['credentials in an address', 'postgres://ann:pa@ss@db/x', 'postgres://[redacted]@db/x'],
  ['a parameter', 'GET /a?api_key=12345&b=1', 'GET /a?api_key=[redacted]&b=1'],
  ['a header', 'Authorization: Bearer abc.def', 'Authorization: [redacted]'],
  ['a header of another scheme', 'proxy-authorization: Basic YTpi', 'proxy-authorization: [redacted]'],
  ['a bearer alone', 'sent Bearer abc.def.ghi.jkl here', 'sent Bearer [redacted] here'],
  ['a cookie', 'Cookie: sid=abc', 'Cookie: [redacted]'],
  ['a JSON property', '{"user":"ann","password":"hunter 2"}', '{"user":"ann","password":"[redacted]"}'],
  ['a JSON property in a JSON text', '{\\"password\\":\\"hunter2\\"}', '{\\"password\\":\\"[redacted]\\"}'],
  ['a setting', 'SALLYPORT_MASTER_KEY=abcdef', 'SALLYPORT_MASTER_KEY=[redacted]'],
]

describe('a text', () => {
  it.each(planted)('does not keep %s', (_, text, clean) => {
    expect(redactText(text)).toBe(clean)
  })

  it.each([
    'GET /orders/42?limit=20&cursor=abc',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
    'key_1hq3v0c9kd5m7w2x8p4t6r1a was revoked: no longer needed',
    'The table "thing" is gone; next: 2026-01-01T00:00:00.000Z',
    'basic checks passed',
  ])('keeps what is no secret: %s', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const once = redactText(text)
        expect(redactText(once)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })

  it('never shows a key or a token, whatever is around it', () => {
    fc.assert(
      fc.property(anyText(), fc.constantFrom(KEY, JWT), anyText(), (before, secret, after) => {
        const clean = redactText(`${before} ${secret} ${after}`)
        expect(clean).not.toContain(secret.slice(10))
      }),
      { numRuns: 1000 },
    )
  })

  it('is bounded, however long it was', () => {
    for (const part of [
      'a',
      '://',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----',
      'token=',
      '_live_',
      'password:"',
      'bearer ',
      '=',
    ]) {
      const clean = redactText(part.repeat(Math.ceil(2_000_000 / part.length)))
      expect(clean.length).toBeLessThanOrEqual(65_536)
      expect(redactText(clean)).toBe(clean)
    }
  })
})

describe('a value', () => {
  it('keeps nothing under a secret name, in any spelling and depth', () => {
    const value = {
      user: 'ann',
      headers: { Authorization: 'x', 'X-API-Key': 'x', 'set-cookie': ['x'], 'x-vault-token': 'x', accept: '*/*' },
      body: [{ clientSecret: { deep: 'x' } }, { dbPassword: 'x' }, { tokens: 3 }],
    }
    expect(redact(value)).toEqual({
      user: 'ann',
      headers: {
        Authorization: '[redacted]',
        'X-API-Key': '[redacted]',
        'set-cookie': '[redacted]',
        'x-vault-token': '[redacted]',
        accept: '*/*',
      },
      body: [{ clientSecret: '[redacted]' }, { dbPassword: '[redacted]' }, { tokens: 3 }],
    })
  })

  it('turns errors into what they say, without secrets', () => {
    const error = new Error(`no ${KEY}`, { cause: new Error('password=hunter2') })
    const clean = redact(error)
    expect(clean).toMatchObject({ type: 'Error', message: 'no [redacted]', cause: { message: 'password=[redacted]' } })
    expect(JSON.stringify(clean)).not.toMatch(/Ab9Ab9|hunter2/)
  })

  it('is cut when it is deep, long or circular, and never fails', () => {
    const circle: Record<string, unknown> = { name: 'a' }
    circle.self = circle
    expect(redact(circle)).toEqual({ name: 'a', self: '[circular]' })
    expect(JSON.stringify(redact(Array.from({ length: 100_000 }, () => 'x'))).length).toBeLessThan(20_000)
    let deep: unknown = KEY
    for (let i = 0; i < 5000; i++) deep = [deep]
    expect(JSON.stringify(redact(deep))).toContain('[cut]')
    expect(redact(new Secret('x'))).toBe('[secret]')
    expect(redact(Buffer.from('hunter2'))).toBe('[7 bytes]')
    expect(redact(new Map([['a', KEY]]))).toEqual([['a', '[redacted]']])
  })

  it('takes any value, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
        const once = redact(value)
        expect(redact(once)).toEqual(once)
      }),
    )
  })
})

describe('a log', () => {
  it('keeps no secret of a message, an object, an error or what belongs to every line', () => {
    let written = ''
    const stream = new Writable({
      write: (chunk, _, done) => {
        written += chunk
        done()
      },
    })
    const log = pino({ ...logRedaction, level: 'trace' }, stream)
    log.info(`checked ${KEY}`)
    log.info({ req: { headers: { authorization: `Bearer ${JWT}` }, url: `/a?token=planted` } }, 'by %s', KEY)
    log.error(new Error(`failed with ${KEY}`))
    log.error({ err: new Error('password=planted') }, 'failed')
    log.child({ password: 'planted' }).warn('bound')
    expect(written.trim().split('\n')).toHaveLength(5)
    expect(written).not.toMatch(/Ab9Ab9|c2lnbmF0dXJl|planted/)
    expect(written).toContain('failed with [redacted]')
  })
})

function anyText(): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    ...[
      KEY,
      JWT,
      PEM,
      'eyJ',
      '://',
      '@',
      ' ',
      '"',
      "'",
      '\\',
      '=',
      ':',
      ' = ',
      'token',
      'password',
      'Bearer ',
      'basic ',
    ],
    ...['[redacted]', '_live_', '-----BEGIN', '/', '?', '&', ',', '\n', 'x', 'abc', '.', '-', '{', '}', 'api_key='],
  )
  return fc.oneof(
    fc.string(),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 12 }).map((parts) => parts.join('')),
  )
}
