import { createHmac, createPublicKey, type JsonWebKey, sign as signBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Expectation } from './checks.ts'
import { localKeys } from './key.ts'
import { AUDIENCE, claimsAt, forge, ISSUER, issuerWith, makeKey, signToken, type TestKey } from './testing.ts'
import { CHECK_ORDER, createTokenVerifier, type VerifierDeps } from './verifier.ts'

let now = Date.UTC(2026, 10, 21)
const clock = { now: () => now }
let key: TestKey
let other: TestKey

beforeAll(async () => {
  ;[key, other] = await Promise.all([makeKey(), makeKey('key-2')])
})

const verifierWith = (more: Partial<VerifierDeps> = {}) =>
  createTokenVerifier({ issuers: [issuerWith([key])], clock, ...more })

async function codeOf(token: string, expected: Partial<Expectation> = {}, verifier = verifierWith()): Promise<string> {
  const answer = await verifier.verify(token, { audience: AUDIENCE, ...expected })
  return answer.ok ? 'believed' : answer.problem.code
}

const good = (more: object = {}, header: object = {}) => signToken(key, claimsAt(now, more), header)

describe('a token', () => {
  it('that is good says who it is about and what they may', async () => {
    const token = await good({
      client_id: 'cli_1',
      scope: 'orders:read orders:write',
      permissions: ['orders:read'],
      roles: ['clerk'],
      org: 'org_1',
      sid: 'ses_1',
      gid: 'g1',
      acr: 'aal2',
      amr: ['pwd', 'otp'],
      auth_time: 1_700_000_000,
      act: { sub: 'svc_1' },
    })
    const answer = await verifierWith().verify(token, { audience: AUDIENCE })
    expect(answer).toMatchObject({
      ok: true,
      value: {
        claims: {
          issuer: ISSUER,
          subject: 'usr_1',
          audience: [AUDIENCE],
          id: 'tok_1',
          clientId: 'cli_1',
          scopes: ['orders:read', 'orders:write'],
          permissions: ['orders:read'],
          roles: ['clerk'],
          organization: 'org_1',
          session: 'ses_1',
          grant: 'g1',
          acr: 'aal2',
          amr: ['pwd', 'otp'],
          authTime: 1_700_000_000,
          actor: 'svc_1',
          confirmation: null,
        },
      },
    })
  })

  it.each([
    ['has expired', { exp: -31 }, 'TOKEN_EXPIRED'],
    ['expired within the skew', { exp: -29 }, 'believed'],
    ['begins later', { nbf: 31 }, 'TOKEN_NOT_ACTIVE'],
    ['begins within the skew', { nbf: 29 }, 'believed'],
    ['was issued in the future', { iat: 31 }, 'TOKEN_NOT_ACTIVE'],
  ])('that %s is judged by the clock and 30 seconds', async (_, times, code) => {
    const seconds = Math.floor(now / 1000)
    const shifted = Object.fromEntries(Object.entries(times).map(([name, by]) => [name, seconds + by]))
    expect(await codeOf(await good(shifted))).toBe(code)
  })

  it.each([
    ['no issuer', { iss: undefined }, 'ISSUER_INVALID'],
    ['another issuer', { iss: 'https://evil.example.com' }, 'ISSUER_INVALID'],
    ['an issuer that differs in a letter', { iss: `${ISSUER}/` }, 'ISSUER_INVALID'],
    ['another audience', { aud: 'https://other.example.com' }, 'AUDIENCE_INVALID'],
    ['several audiences, ours among them', { aud: ['https://other.example.com', AUDIENCE] }, 'believed'],
    ['no audience', { aud: undefined }, 'AUDIENCE_INVALID'],
    ['an audience that only begins like ours', { aud: `${AUDIENCE}.evil.example` }, 'AUDIENCE_INVALID'],
    ['no id', { jti: undefined }, 'JTI_MISSING'],
    ['no subject', { sub: undefined }, 'TOKEN_MALFORMED'],
    ['no end', { exp: undefined }, 'TOKEN_MALFORMED'],
    ['an end that is a text', { exp: '99999999999' }, 'TOKEN_MALFORMED'],
    ['an end beyond all time', { exp: 1e300 }, 'TOKEN_MALFORMED'],
    ['no time of issue', { iat: undefined }, 'TOKEN_MALFORMED'],
    ['a subject that would break a header', { sub: 'usr_1\r\nx-evil: 1' }, 'TOKEN_MALFORMED'],
    ['scopes that are a list', { scope: ['a'] }, 'TOKEN_MALFORMED'],
    ['scopes with a hole', { scope: 'a  b' }, 'TOKEN_MALFORMED'],
    ['permissions that are no texts', { permissions: [{ toString: 'x' }] }, 'TOKEN_MALFORMED'],
    ['too many permissions', { permissions: Array.from({ length: 257 }, (_, i) => `p${i}`) }, 'TOKEN_MALFORMED'],
  ])('with %s', async (_, claims, code) => {
    expect(await codeOf(await good(claims))).toBe(code)
  })

  it.each([
    ['at+jwt', 'believed'],
    ['AT+JWT', 'believed'],
    ['application/at+jwt', 'believed'],
    ['JWT', 'TOKEN_TYPE'],
    ['sallyport-identity+jwt', 'TOKEN_TYPE'],
    ['dpop+jwt', 'TOKEN_TYPE'],
    [undefined, 'TOKEN_TYPE'],
  ])('of type %s', async (typ, code) => {
    expect(await codeOf(await good({}, { typ }))).toBe(code)
  })

  it('of another type passes where that type is asked for, and nowhere as an access token', async () => {
    const token = await good({}, { typ: 'sallyport-identity+jwt' })
    expect(await codeOf(token, { type: 'sallyport-identity+jwt' })).toBe('believed')
    expect(await codeOf(await good(), { type: 'sallyport-identity+jwt' })).toBe('TOKEN_TYPE')
  })

  it('of type JWT is an access token only if that was said of its issuer', async () => {
    const lenient = verifierWith({ issuers: [issuerWith([key], { types: ['JWT'] })] })
    expect(await codeOf(await good({}, { typ: 'JWT' }), {}, lenient)).toBe('believed')
    expect(await codeOf(await good({}, { typ: undefined }), {}, lenient)).toBe('TOKEN_TYPE')
    expect(await codeOf(await good({}, { typ: 'JWT' }), { type: 'logout+jwt' }, lenient)).toBe('TOKEN_TYPE')
  })

  it('is for whom its issuer speaks where nobody names an audience', async () => {
    expect(await codeOf(await good(), { audience: null })).toBe('believed')
    expect(await codeOf(await good({ aud: 'https://other.example.com' }), { audience: null })).toBe('AUDIENCE_INVALID')
  })

  it('of an issuer that is not taken in this place is refused', async () => {
    expect(await codeOf(await good(), { issuers: ['https://login.example.com'] })).toBe('ISSUER_INVALID')
    expect(await codeOf(await good(), { issuers: [ISSUER] })).toBe('believed')
  })
})

describe('the attack book', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', ' none', 'null', 'HS256', 'hs256', 'es256', 'ES256 ', 'A128KW', 'dir'])(
    'alg "%s" is refused',
    async (alg) => {
      const payload = claimsAt(now)
      expect(await codeOf(forge({ alg, kid: key.kid, typ: 'at+jwt' }, payload))).toBe('SIGNATURE_INVALID')
      expect(await codeOf(forge({ alg, kid: key.kid, typ: 'at+jwt' }, payload, ''))).toBe('TOKEN_MALFORMED')
    },
  )

  it('an alg that is not a text, or is missing, is refused', async () => {
    for (const alg of [null, ['ES256'], { toString: 'ES256' }, 0, undefined]) {
      expect(await codeOf(forge({ alg, kid: key.kid, typ: 'at+jwt' }, claimsAt(now)))).toBe('TOKEN_MALFORMED')
    }
  })

  it('the public key does not pass as a shared secret (CVE-2015-9235)', async () => {
    const pem = createPublicKey({ key: key.jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    for (const secret of [pem, JSON.stringify(key.jwk), String(key.jwk.x)]) {
      const [head, body] = forge({ alg: 'HS256', kid: key.kid, typ: 'at+jwt' }, claimsAt(now)).split('.')
      const mac = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')
      expect(await codeOf(`${head}.${body}.${mac}`)).toBe('SIGNATURE_INVALID')
    }
  })

  it('a key that the token brings is not looked at (CVE-2018-0114)', async () => {
    const { kid: _, ...jwk } = other.jwk
    for (const header of [{ jwk }, { jwk, kid: undefined }, { jwk: { ...jwk, kid: key.kid }, kid: key.kid }]) {
      expect(await codeOf(await signToken(other, claimsAt(now), header))).toBe('SIGNATURE_INVALID')
    }
  })

  it('an address that the token brings is never asked', async () => {
    const asked: string[] = []
    const before = globalThis.fetch
    globalThis.fetch = async (input) => {
      asked.push(String(input))
      return new Response(JSON.stringify({ keys: [other.jwk] }))
    }
    try {
      for (const name of ['jku', 'x5u']) {
        const token = await signToken(other, claimsAt(now), { [name]: 'https://evil.example.com/jwks' })
        expect(await codeOf(token)).toBe('SIGNATURE_INVALID')
      }
      expect(asked).toEqual([])
    } finally {
      globalThis.fetch = before
    }
  })

  it.each([
    '../../../../dev/null',
    '/dev/null',
    "x' union select 'AAAA' -- ",
    'key-1\u0000',
    '__proto__',
    'constructor',
    'toString',
    '|/usr/bin/id',
    'KEY-1',
    'key-1 ',
    '',
    'k'.repeat(201),
  ])('kid %j names no key', async (kid) => {
    expect(['SIGNATURE_INVALID', 'TOKEN_MALFORMED']).toContain(await codeOf(await good({}, { kid })))
  })

  it('a kid that is not a text, or is missing, is refused', async () => {
    for (const kid of [1, ['key-1'], { $ne: null }, true]) {
      expect(await codeOf(await good({}, { kid }))).toBe('TOKEN_MALFORMED')
    }
    expect(await codeOf(await good({}, { kid: undefined }))).toBe('SIGNATURE_INVALID')
  })

  it('what must be understood is not, and so refused', async () => {
    const payload = claimsAt(now)
    for (const more of [{ crit: ['b64'], b64: true }, { crit: ['exp'], exp: 1 }, { crit: [] }, { b64: false }]) {
      expect(await codeOf(forge({ alg: 'ES256', kid: key.kid, typ: 'at+jwt', ...more }, payload))).toBe(
        'TOKEN_MALFORMED',
      )
    }
  })

  it.each([
    ['in the header', '{"alg":"none","alg":"ES256","kid":"key-1","typ":"at+jwt"}', null],
    ['in the header, one of them escaped', '{"alg":"none","\\u0061lg":"ES256","kid":"key-1","typ":"at+jwt"}', null],
    ['in the claims', null, '{"iss":"https://id.example.com","sub":"usr_1","sub":"usr_2"}'],
    ['inside a claim', null, '{"iss":"https://id.example.com","act":{"sub":"a", "sub" :"b"}}'],
  ])('a member twice %s is refused', async (_, header, payload) => {
    const plain = { alg: 'ES256', kid: 'key-1', typ: 'at+jwt' }
    expect(await codeOf(forge(header ?? plain, payload ?? claimsAt(now)))).toBe('TOKEN_MALFORMED')
  })

  it.each([
    ['empty', ''],
    ['one part', 'abc'],
    ['two parts', 'e30.e30'],
    ['five parts, as encryption has', 'e30.AA.AA.AA.AA'],
    ['four parts', 'e30.e30.AAAA.AAAA'],
    ['huge', `${'A'.repeat(100_000)}.e30.AAAA`],
    ['nested', forge({ alg: 'ES256' }, `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`)],
    [
      'with too many claims',
      forge({ alg: 'ES256' }, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i, 0]))),
    ],
    ['with a list as its header', forge('[]', '{}')],
    ['with null as its claims', forge({ alg: 'ES256' }, 'null')],
    ['with a byte order mark', forge('\ufeff{"alg":"ES256"}', '{}')],
    ['with a comment', forge('{"alg":"ES256"/**/}', '{}')],
    ['with something after the claims', forge({ alg: 'ES256' }, '{}{}')],
    ['that is not UTF-8', `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.e30.AAAA`],
    ['with spaces around it', ' e30.e30.AAAA '],
  ])('a text that is %s is no token', async (_, token) => {
    expect(await codeOf(token)).toBe('TOKEN_MALFORMED')
  })

  it('a token has one spelling', async () => {
    const token = await good()
    const [head, body, signature = ''] = token.split('.')
    const spare = `${signature.slice(0, -1)}${String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1)}`
    const spellings = [
      `${token}=`,
      `${token}==`,
      `${head}=.${body}.${signature}`,
      `${head}\n.${body}.${signature}`,
      `${head}.${body}.${spare}`,
      token.replaceAll('-', '+').replaceAll('_', '/'),
      `${head}.${body}.${signature}%3D`,
    ].filter((text) => text !== token)
    expect(await codeOf(token)).toBe('believed')
    for (const text of spellings) expect(await codeOf(text)).toBe('TOKEN_MALFORMED')
  })

  it('a signature of zeros proves nothing (CVE-2022-21449)', async () => {
    const [head, body] = (await good()).split('.')
    for (const bytes of [Buffer.alloc(64), Buffer.alloc(64, 0xff), Buffer.alloc(63), Buffer.alloc(65)]) {
      expect(await codeOf(`${head}.${body}.${bytes.toString('base64url')}`)).toBe('SIGNATURE_INVALID')
    }
  })

  it('a signature in DER is no signature of a token', async () => {
    const [head, body] = (await good()).split('.')
    const der = signBytes('sha256', Buffer.from(`${head}.${body}`), await exported(key))
    expect(await codeOf(`${head}.${body}.${der.toString('base64url')}`)).toBe('SIGNATURE_INVALID')
  })

  it('a changed claim breaks the signature', async () => {
    const [head, , signature] = (await good()).split('.')
    const body = Buffer.from(JSON.stringify(claimsAt(now, { sub: 'usr_admin' }))).toString('base64url')
    expect(await codeOf(`${head}.${body}.${signature}`)).toBe('SIGNATURE_INVALID')
  })

  it('the key of one issuer does not sign for another', async () => {
    const second = issuerWith([other], { issuer: 'https://login.example.com' })
    const verifier = verifierWith({ issuers: [issuerWith([key]), second] })
    expect(await codeOf(await signToken(other, claimsAt(now)), {}, verifier)).toBe('SIGNATURE_INVALID')
    const claims = claimsAt(now, { iss: 'https://login.example.com' })
    expect(await codeOf(await signToken(other, claims), {}, verifier)).toBe('believed')
    expect(await codeOf(await signToken(key, claims), {}, verifier)).toBe('SIGNATURE_INVALID')
  })

  it('an algorithm that was not said of the issuer is refused, though its key could verify it', async () => {
    const rsa = await makeKey('rsa', 'RS256')
    const { alg: _, ...jwk } = rsa.jwk
    const verifier = verifierWith({ issuers: [issuerWith([{ jwk }], { algorithms: ['PS256'] })] })
    expect(await codeOf(await signToken(rsa, claimsAt(now)), {}, verifier)).toBe('SIGNATURE_INVALID')
  })
})

describe('what is asked at every use', () => {
  it('has an order that everybody can read', () => {
    expect(CHECK_ORDER.join(', ')).toBe(
      'form, known issuer, algorithm, key, signature, issuer, type, audience, expiry, begin, id, revocation, binding, once',
    )
  })

  it('answers at once for a token that was verified before, and asks all the same whether it was revoked', async () => {
    const revoked = new Set<string | null>()
    const verifier = verifierWith({ revoked: ({ id }) => revoked.has(id) })
    const token = await good()
    expect(await codeOf(token, {}, verifier)).toBe('believed')
    expect(verifier.verify(token, { audience: AUDIENCE })).toMatchObject({ ok: true })
    expect(verifier.verify(token, { audience: 'https://other.example.com' })).toMatchObject({ ok: false })
    revoked.add('tok_1')
    expect(verifier.verify(token, { audience: AUDIENCE })).toMatchObject({ problem: { code: 'TOKEN_REVOKED' } })
  })

  it('forgets a token with its end', async () => {
    const verifier = verifierWith()
    const token = await good()
    expect(await codeOf(token, {}, verifier)).toBe('believed')
    now += 331_000
    expect(await codeOf(token, {}, verifier)).toBe('TOKEN_EXPIRED')
  })

  it('believes a token no longer when its key was taken back, though it was verified before', async () => {
    let jwks = { keys: [key.jwk] }
    const issuer = issuerWith([], { keys: localKeys(() => jwks) })
    const verifier = verifierWith({ issuers: [issuer] })
    const token = await good()
    expect(await codeOf(token, {}, verifier)).toBe('believed')
    jwks = { keys: [other.jwk, key.jwk] }
    expect(verifier.verify(token, { audience: AUDIENCE })).toMatchObject({ ok: true })
    jwks = { keys: [other.jwk] }
    expect(await codeOf(token, {}, verifier)).toBe('SIGNATURE_INVALID')
    jwks = { keys: [{ ...other.jwk, kid: key.kid }] }
    expect(await codeOf(token, {}, verifier)).toBe('SIGNATURE_INVALID')
  })

  it('takes a token once where that is asked for, of many at once too, and does not use up one that it refuses', async () => {
    const seen = new Set<string>()
    const accepted = async (name: string) => !seen.has(name) && seen.add(name) !== undefined
    const verifier = verifierWith({ accepted })
    const token = await good()
    expect(await codeOf(token, { once: true, audience: 'https://other.example.com' }, verifier)).toBe(
      'AUDIENCE_INVALID',
    )
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(token, { once: true }, verifier)))
    expect(codes.filter((code) => code === 'believed')).toHaveLength(1)
    expect(codes.filter((code) => code === 'TOKEN_REPLAYED')).toHaveLength(19)
    expect(await codeOf(token, {}, verifier)).toBe('believed')
  })

  it('is a mistake of ours where nobody remembers tokens that work once', async () => {
    await expect(codeOf(await good(), { once: true })).rejects.toThrow('remembers')
  })
})

describe('a verifier', () => {
  it.each([
    ['two issuers of one name', () => [issuerWith([key]), issuerWith([other])]],
    ['an issuer without algorithms', () => [issuerWith([key], { algorithms: [] })]],
    ['an issuer with a shared secret', () => [issuerWith([key], { algorithms: ['HS256' as never] })]],
    ['an issuer without audience', () => [issuerWith([key], { audiences: [] })]],
  ])('is not made for %s', (_, issuers) => {
    expect(() => verifierWith({ issuers: issuers() })).toThrow('issuer')
  })

  it('throws when the keys cannot be had: that is no answer about the token', async () => {
    const keys = { find: () => Promise.reject(new Error('unreachable')) }
    const verifier = verifierWith({ issuers: [issuerWith([], { keys })] })
    await expect(codeOf(await good(), {}, verifier)).rejects.toThrow('unreachable')
  })
})

async function exported({ privateKey }: TestKey) {
  const { KeyObject } = await import('node:crypto')
  return KeyObject.from(privateKey as never)
}
