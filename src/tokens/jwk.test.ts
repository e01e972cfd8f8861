import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Algorithm } from './algorithm.ts'
import { faultOfJwk, type Jwk } from './jwk.ts'
import { importPublic, keySetOf, localKeys } from './key.ts'
import { makeKey } from './testing.ts'

const rsa = (bits: number, exponent = 0x10001): Jwk => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent })
  return publicKey.export({ format: 'jwk' }) as Jwk
}
const good = rsa(2048)
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as Jwk

describe('a key that somebody else published', () => {
  it.each<[string, Jwk, Algorithm, string | null]>([
    ['is good', good, 'RS256', null],
    [
      'is good for the algorithm that it names',
      { ...good, alg: 'PS256', use: 'sig', key_ops: ['verify'] },
      'PS256',
      null,
    ],
    ['is for another algorithm', { ...good, alg: 'PS256' }, 'RS256', 'for another algorithm'],
    ['is for encryption', { ...good, use: 'enc' }, 'RS256', 'not for signatures'],
    ['is to sign', { ...good, key_ops: ['sign'] }, 'RS256', 'not to verify'],
    ['brings its private half', { ...good, d: 'AQAB' }, 'RS256', 'a private or shared key'],
    ['is a shared secret', { kty: 'oct', k: 'AAAA' }, 'RS256', 'a private or shared key'],
    ['has exponent 1', { ...good, e: 'AQ' }, 'RS256', 'exponent'],
    ['has exponent 3', { ...good, e: 'Aw' }, 'RS256', 'exponent'],
    ['has an even exponent', { ...good, e: 'AQAC' }, 'RS256', 'exponent'],
    ['has an endless exponent', { ...good, e: Buffer.alloc(64, 0xff).toString('base64url') }, 'RS256', 'exponent'],
    ['is small', rsa(1024), 'RS256', '1024 bits'],
    ['is huge', { ...good, n: Buffer.alloc(2048, 0xff).toString('base64url') }, 'RS256', '16384 bits'],
    ['has an even modulus', { ...good, n: Buffer.alloc(256, 0xfe).toString('base64url') }, 'RS256', 'even modulus'],
    ['is written with zeros before it', { ...good, n: `AA${good.n}` }, 'RS256', 'not an RSA key'],
    ['is good on its curve', ec, 'ES256', null],
    ['is on another curve', ec, 'ES384', 'not on the curve of ES384'],
    ['is of another kind', ec, 'RS256', 'not of the kind that RS256 needs'],
    ['has a short coordinate', { ...ec, x: 'AAAA' }, 'ES256', 'not a point'],
    ['has a coordinate in another base64', { ...ec, x: `${ec.x}=` }, 'ES256', 'not a point'],
  ])('%s', (_, jwk, algorithm, fault) => expect(faultOfJwk(jwk, algorithm)).toBe(fault))

  it.each([null, undefined, 'key', 1, [], { kty: 'RSA' }, { kty: 'EC', crv: 'P-256' }, {}])(
    'that is none is refused: %j',
    (jwk) => expect(faultOfJwk(jwk, 'ES256')).not.toBeNull(),
  )

  it('with a point off its curve is refused', async () => {
    const bytes = Buffer.from(String(ec.y), 'base64url')
    bytes[31] = (bytes[31] ?? 0) ^ 1
    expect(await importPublic({ ...ec, y: bytes.toString('base64url') }, 'ES256')).toBeNull()
  })
})

describe('a set of keys', () => {
  it('finds keys by their name, and none whose name is not theirs alone', async () => {
    const set = keySetOf({ keys: [{ ...ec, kid: 'a' }, { ...good, kid: 'b' }, { ...ec, kid: 'b' }, ec, null, 'x', 1] })
    expect(await set.find('a', 'ES256')).toMatchObject({ algorithm: 'ES256' })
    expect(set.find('b', 'ES256')).toBeNull()
    expect(set.find('', 'ES256')).toBeNull()
  })

  it('imports a key once', async () => {
    const set = keySetOf({ keys: [{ ...ec, kid: 'a' }] })
    const first = await set.find('a', 'ES256')
    expect(set.find('a', 'ES256')).toBe(first)
  })

  it('is bounded', () => {
    const set = keySetOf({ keys: Array.from({ length: 150 }, (_, i) => ({ ...ec, kid: `k${i}` })) })
    expect([set.has('k99'), set.has('k100')]).toEqual([true, false])
  })

  it('of this process is read again for a name that is not in it, once a second at the most', async () => {
    const [old, fresh] = await Promise.all([makeKey('old'), makeKey('fresh')])
    let jwks = { keys: [old.jwk] }
    let stored = jwks
    let reads = 0
    let now = 10_000
    const refresh = async () => {
      reads++
      jwks = stored
    }
    const keys = localKeys(() => jwks, { refresh, clock: { now: () => now } })
    expect(await keys.find('made up', 'ES256')).toBeNull()
    stored = { keys: [fresh.jwk, old.jwk] }
    expect(await keys.find('fresh', 'ES256')).toBeNull()
    expect(reads).toBe(1)
    now += 1_000
    const found = await Promise.all(Array.from({ length: 5 }, () => keys.find('fresh', 'ES256')))
    expect(found.every((key) => key !== null)).toBe(true)
    expect(reads).toBe(2)
  })
})
