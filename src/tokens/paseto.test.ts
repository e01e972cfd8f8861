import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { describe, expect, it, test } from 'vitest'
import { localKeys } from './key.ts'
import { isPaseto, PASETO_TYPE, paserkOf, readPaseto, signPaseto, verifyPaseto } from './paseto.ts'
import { AUDIENCE, claimsAt, ISSUER } from './testing.ts'
import { createTokenVerifier } from './verifier.ts'

type Vector = {
  readonly name: string
  readonly token: string
  readonly payload: string | null
  readonly footer: string
  readonly 'expect-fail': boolean
  readonly 'implicit-assertion': string
  readonly 'public-key-pem'?: string
  readonly 'secret-key-pem'?: string
}
const load = <T>(name: string): readonly T[] =>
  JSON.parse(readFileSync(new URL(`../../test/data/paseto/${name}`, import.meta.url), 'utf8')).tests
const vectors = load<Vector>('v4.json')
const paserks = load<{ name: string; key: string; paserk: string | null }>('k4.public.json')
const signed = vectors.filter(({ name }) => name.startsWith('4-S-'))
const failing = vectors.filter((it) => it['expect-fail'])
const anyKey = createPublicKey(signed[0]?.['public-key-pem'] ?? '')

describe('the vectors of the standard', () => {
  it('are there', () => {
    expect(signed).toHaveLength(3)
    expect(failing.length).toBeGreaterThanOrEqual(5)
  })

  it.each(signed)('$name is signed letter by letter, and verified', (vector) => {
    const { token, payload, footer, 'implicit-assertion': assertion } = vector
    const key = createPrivateKey(vector['secret-key-pem'] ?? '')
    expect(signPaseto(payload ?? '', key, footer, assertion)).toBe(token)
    const verified = verifyPaseto(token, createPublicKey(vector['public-key-pem'] ?? ''), assertion)
    expect(verified?.message.toString()).toBe(payload)
    expect(verified?.footer.toString()).toBe(footer)
  })

  it.each(failing)('$name is refused', (vector) => {
    const key = vector['public-key-pem'] === undefined ? anyKey : createPublicKey(vector['public-key-pem'])
    expect(verifyPaseto(vector.token, key, vector['implicit-assertion'])).toBeNull()
  })

  it.each(signed)('$name is refused with another footer, assertion, key or text', (vector) => {
    const { token, 'implicit-assertion': assertion } = vector
    const key = createPublicKey(vector['public-key-pem'] ?? '')
    const [, , body = ''] = token.split('.')
    expect(verifyPaseto(token, key, `${assertion}x`)).toBeNull()
    expect(verifyPaseto(`v4.public.${body}.eA`, key, assertion)).toBeNull()
    expect(verifyPaseto(`v4.public.${body}.`, key, assertion)).toBeNull()
    expect(verifyPaseto(`${token}=`, key, assertion)).toBeNull()
    expect(verifyPaseto(token.replace('v4.public', 'v2.public'), key, assertion)).toBeNull()
    expect(verifyPaseto(token, generateKeyPairSync('ed25519').publicKey, assertion)).toBeNull()
  })

  it.each(paserks.filter(({ paserk }) => paserk !== null))('$name of PASERK is written', ({ key, paserk }) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key, 'hex').toString('base64url') }
    expect(paserkOf(createPublicKey({ key: jwk, format: 'jwk' }))).toBe(paserk)
  })
})

const pair = generateKeyPairSync('ed25519')
const KID = 'key-1'
const footer = JSON.stringify({ kid: KID, typ: PASETO_TYPE })

test('whatever is signed comes back, and one changed bit is noticed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), fc.nat(), (message, foot, assertion, at) => {
      const token = signPaseto(message, pair.privateKey, foot, assertion)
      expect(verifyPaseto(token, pair.publicKey, assertion)?.message.toString()).toBe(Buffer.from(message).toString())
      const place = 'v4.public.'.length + (at % (token.length - 'v4.public.'.length))
      const other = token[place] === 'A' ? 'B' : 'A'
      const changed = token.slice(0, place) + other + token.slice(place + 1)
      expect(verifyPaseto(changed, pair.publicKey, assertion)).toBeNull()
    }),
  )
})

test('no other kind of key signs or verifies', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(() => signPaseto('{}', ec.privateKey)).toThrow('Ed25519')
  expect(() => verifyPaseto(signPaseto('{}', pair.privateKey), ec.publicKey)).toThrow('Ed25519')
})

describe('a PASETO as access token', () => {
  const now = Date.UTC(2026, 10, 21)
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: KID, alg: 'EdDSA', use: 'sig' }
  const keys = localKeys(() => ({ keys: [jwk] }))
  const issuer = { issuer: ISSUER, audiences: [AUDIENCE], keys }
  const verifier = (algorithm: 'EdDSA' | 'ES256' = 'EdDSA', revoked = () => false) =>
    createTokenVerifier({ issuers: [{ ...issuer, algorithms: [algorithm] }], clock: { now: () => now }, revoked })
  const iso = (at: number) => new Date(at).toISOString()
  const claims = { ...claimsAt(now), scope: 'orders:read', iat: iso(now), nbf: iso(now), exp: iso(now + 300_000) }
  const token = (more: object = {}, foot = footer) =>
    signPaseto(JSON.stringify({ ...claims, ...more }), pair.privateKey, foot)
  const codeOf = async (text: string, by = verifier()) => {
    const answer = await by.verify(text, { audience: AUDIENCE })
    return answer.ok ? 'believed' : answer.problem.code
  }

  it('says what a JWT would say, and is as good the second time', async () => {
    const by = verifier()
    for (let i = 0; i < 2; i++) {
      const answer = await by.verify(token(), { audience: AUDIENCE })
      expect(answer).toMatchObject({
        ok: true,
        value: { claims: { subject: 'usr_1', id: 'tok_1', scopes: ['orders:read'], expiresAt: now / 1000 + 300 } },
      })
    }
  })

  it.each([
    ['expired', { exp: iso(now - 60_000) }, 'TOKEN_EXPIRED'],
    ['of the future', { nbf: iso(now + 60_000) }, 'TOKEN_NOT_ACTIVE'],
    ['for somebody else', { aud: 'https://other.example' }, 'AUDIENCE_INVALID'],
    ['of somebody else', { iss: 'https://other.example' }, 'ISSUER_INVALID'],
    ['without id', { jti: undefined }, 'JTI_MISSING'],
    ['with a time in seconds', { exp: now / 1000 + 300 }, 'TOKEN_MALFORMED'],
    ['with a time that is none', { exp: '2026-13-45T00:00:00Z' }, 'TOKEN_MALFORMED'],
    ['with a time without a zone', { exp: '2027-01-01T00:00:00' }, 'TOKEN_MALFORMED'],
    ['without an end', { exp: undefined }, 'TOKEN_MALFORMED'],
  ])('%s is refused', async (_, more, code) => {
    expect(await codeOf(token(more))).toBe(code)
  })

  it.each([
    ['names no key', '{}', 'TOKEN_MALFORMED'],
    ['names another key', JSON.stringify({ kid: 'key-2', typ: PASETO_TYPE }), 'SIGNATURE_INVALID'],
    ['names a key twice', `{"kid":"${KID}","kid":"${KID}"}`, 'TOKEN_MALFORMED'],
    ['says no type', JSON.stringify({ kid: KID }), 'TOKEN_TYPE'],
    ['says the type of a JWT', JSON.stringify({ kid: KID, typ: 'at+jwt' }), 'TOKEN_TYPE'],
    ['is no JSON', 'kid', 'TOKEN_MALFORMED'],
    ['is not there', '', 'TOKEN_MALFORMED'],
  ])('whose footer %s is refused', async (_, foot, code) => {
    expect(await codeOf(token({}, foot))).toBe(code)
  })

  it('is refused when it was revoked, and where nobody signs with Ed25519', async () => {
    expect(
      await codeOf(
        token(),
        verifier('EdDSA', () => true),
      ),
    ).toBe('TOKEN_REVOKED')
    expect(await codeOf(token(), verifier('ES256'))).toBe('SIGNATURE_INVALID')
  })

  it('cannot be made of a JWT, nor a JWT of it, though one key signs both', async () => {
    const header = { alg: 'EdDSA', kid: KID, typ: 'at+jwt' }
    const jwt = await new SignJWT(claimsAt(now)).setProtectedHeader(header).sign(pair.privateKey)
    expect(await codeOf(jwt)).toBe('believed')
    const [head, body, signature] = jwt.split('.')
    expect(await codeOf(`v4.public.${body}${signature}.${head}`)).toMatch(/SIGNATURE_INVALID|TOKEN_MALFORMED/)
    expect(await codeOf(token().replace('v4.public.', `${head}.`))).toMatch(/SIGNATURE_INVALID|TOKEN_MALFORMED/)
  })

  it('is not read when it is longer than any token', () => {
    expect(readPaseto(signPaseto(JSON.stringify({ a: 'x'.repeat(9000) }), pair.privateKey, footer))).toContain('longer')
    expect(isPaseto('v4.local.AAAA')).toBe(false)
  })
})
