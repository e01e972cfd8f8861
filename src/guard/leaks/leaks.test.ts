import { describe, expect, test } from 'vitest'
import { anonymous, type EventInput, type Exchange } from '../../core/index.ts'
import { type LeakSettings, leakRule, maskIn } from './rule.ts'

const OFF = { card: null, ssn: null, privateKey: null, cloudKey: null, ownKey: null } as const
const ALL: LeakSettings = {
  card: 'mask',
  ssn: 'mask',
  privateKey: 'mask',
  cloudKey: 'mask',
  ownKey: 'mask',
  maxBody: 65_536,
  larger: 'block',
}
const OWN = { prefix: 'sp_', isKey: (word: string) => word.startsWith('sp_live_'), issuer: 'https://id.example.com' }
const exchange = {
  request: { id: 'req_1', method: 'GET', client: { text: '192.0.2.1' } },
  principal: anonymous,
  route: { id: 'orders', public: true },
} as unknown as Exchange

function judge(text: string | Buffer, settings: LeakSettings = ALL, type: string | undefined = 'text/plain') {
  const events: EventInput[] = []
  const rule = leakRule(settings, { own: OWN, record: (event) => events.push(event) })
  const ruling = rule?.judge(exchange, { status: 200, type, encoding: undefined, bytes: Buffer.from(text) })
  return { ruling, events }
}

function said(text: string, settings?: LeakSettings, type?: string): string {
  const { ruling } = judge(text, settings, type)
  if (ruling?.is === 'same') return 'same'
  return ruling?.is === 'body' ? ruling.bytes.toString() : String(ruling?.problem.code)
}

// Put together here, so that no scanner of sources takes them for keys of somebody.
const AWS = `AKIA${'IOSFODNN7EXAMPLE'}`
const PEM = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIE', '-----END RSA PRIVATE KEY-----']
const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const tokenOf = (issuer: string) => `${b64({ alg: 'ES256' })}.${b64({ iss: issuer, sub: 'x' })}.c2lnbmF0dXJl`

describe('a card number', () => {
  test.each([
    ['4111111111111111', '************1111'],
    ['4111 1111 1111 1111', '**** **** **** 1111'],
    ['4111-1111-1111-1111', '****-****-****-1111'],
    ['378282246310005', '***********0005'],
    ['3782 822463 10005', '**** ****** *0005'],
    ['30569309025904', '**********5904'],
    ['5555555555554444', '************4444'],
    ['2223003122003222', '************3222'],
    ['6011111111111117', '************1117'],
    ['3530111333300000', '************0000'],
    ['pay 4111111111111111 12/27', 'pay ************1111 12/27'],
    ['2024 4111-1111-1111-1111', '2024 ****-****-****-1111'],
    ['17 4111 1111 1111 1111 3', '17 **** **** **** 1111 3'],
    ['4111111111111111,5555555555554444', '************1111,************4444'],
    ['4111111111111111.', '************1111.'],
  ])('%s becomes %s', (text, masked) => expect(said(text)).toBe(masked))

  test.each([
    '4111111111111112',
    '1111111111111117',
    '41111111111111110',
    '04111111111111111',
    '0.4111111111111111',
    '4111111111111111.5',
    'a4111111111111111',
    '4111111111111111b',
    'ord-4111111111111111',
    '4111 111111111111',
    '4111-1111 1111-1111',
    '12345678-4111-1111-1111-111111111111',
    '1700000000000',
    '4'.repeat(40),
    '',
  ])('is not %j', (text) => expect(said(text)).toBe('same'))

  test('that is a number in JSON becomes a text, and the rest stays as it was', () => {
    const json = '{"a":"say \\"4111111111111111\\"","b": 4111111111111111,"é":[5555555555554444,1]}'
    expect(said(json, ALL, 'application/json')).toBe(
      '{"a":"say \\"************1111\\"","b": "************1111","é":["************4444",1]}',
    )
  })
})

describe('a social security number', () => {
  test('keeps its last digits', () => expect(said('ssn 123-45-6789.')).toBe('ssn ***-**-6789.'))
  test.each([
    '000-45-6789',
    '666-45-6789',
    '900-45-6789',
    '123-00-6789',
    '123-45-0000',
    '123 45 6789',
    '123-45-67890',
    '0123-45-6789',
    '1-123-45-6789',
  ])('is not %s', (text) => expect(said(text)).toBe('same'))
})

describe('a key', () => {
  test.each([
    ['private', PEM.join('\n')],
    ['private, in one line', PEM.join('\\n')],
    ['private, which breaks off', PEM.slice(0, 2).join('\n')],
    ['of a cloud', AWS],
    ['of a code host', `ghp_${'a'.repeat(36)}`],
    ['of a payment service', `sk_live_${'1a'.repeat(12)}`],
    ['of ours', 'sp_live_0123456789abcdefghij'],
    ['of ours, signed', tokenOf('https://id.example.com')],
  ])('%s is removed', (_, key) => expect(said(`{"a":"${key}","b":1}`)).toBe('{"a":"[removed]","b":1}'))

  test('that is named is removed without its name', () => {
    expect(said(`aws_secret_access_key = ${'aB/+'.repeat(10)}\n`)).toBe('aws_secret_access_key = [removed]\n')
    expect(said(`{"SecretAccessKey": "${'aB/+'.repeat(10)}"}`)).toBe('{"SecretAccessKey": "[removed]"}')
  })

  test.each([
    ['public', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
    ['too short for a cloud', 'AKIA123'],
    ['inside a word', `x${AWS}`],
    ['of another issuer', tokenOf('https://login.example.com')],
    ['that only begins like ours', 'sp_other_0123456789abcdefghij'],
  ])('%s stays', (_, key) => expect(said(key)).toBe('same'))
})

describe('what is asked for', () => {
  test('is looked for, and nothing else', () => {
    const text = `4111111111111111 ${AWS}`
    expect(said(text, { ...ALL, ...OFF, card: 'mask' })).toBe(`************1111 ${AWS}`)
    expect(leakRule({ ...ALL, ...OFF }, { own: OWN, record: () => undefined })).toBe(null)
  })

  test('blocks the whole answer when one kind in it says so, and is told without what was found', () => {
    const { ruling, events } = judge(`4111111111111111 ${AWS} ${AWS}`, { ...ALL, cloudKey: 'block' })
    expect(ruling).toMatchObject({ is: 'deny', problem: { code: 'ANSWER_BLOCKED', reason: 'holds cloudKey' } })
    expect(events).toMatchObject([
      { type: 'answer.leak_found', outcome: 'denied', details: { action: 'block', kinds: 'card, cloudKey', count: 3 } },
    ])
    expect(JSON.stringify([events, ruling])).not.toMatch(/4111|AKIA/)
  })

  test.each([
    ['text/html', undefined, 'read'],
    ['application/problem+json', undefined, 'read'],
    [undefined, 'identity', 'read'],
    ['several', undefined, 'read'],
    ['image/png', undefined, 'pass'],
    ['application/octet-stream', 'gzip', 'pass'],
    ['application/json', 'gzip', 'ANSWER_BLOCKED'],
    ['application/json; charset=utf-16', undefined, 'ANSWER_BLOCKED'],
    ['text/event-stream', undefined, 'ANSWER_BLOCKED'],
  ])('of %s, encoded as %s, is: %s', (type, encoding, becomes) => {
    const rule = leakRule(ALL, { own: OWN, record: () => undefined })
    const seen = rule?.look(exchange, { status: 200, type, encoding })
    expect(typeof seen === 'object' ? seen.code : seen).toBe(becomes)
  })

  test('does not end streams where those may pass unseen', () => {
    const rule = leakRule({ ...ALL, larger: 'pass-unseen' }, { own: OWN, record: () => undefined })
    expect(rule?.look(exchange, { status: 200, type: 'text/event-stream', encoding: undefined })).toBe('pass')
  })
})

test('any bytes come back as they were but for what was masked', () => {
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0xa9, ...Buffer.from(' 4111111111111111 '), 0xfe])
  const { ruling } = judge(bytes)
  const expected = Buffer.from([0xff, 0x00, 0xc3, 0xa9, ...Buffer.from(' ************1111 '), 0xfe])
  expect(ruling?.is === 'body' && ruling.bytes.equals(expected)).toBe(true)
})

test('what overlaps is masked once', () => {
  const leaks = [
    { kind: 'ownKey', start: 2, end: 5, mask: 'Y' },
    { kind: 'card', start: 0, end: 3, mask: 'X' },
  ] as const
  expect(maskIn('0123456', leaks, false)).toBe('X3456')
})
