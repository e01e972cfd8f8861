import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeStrictly } from './base64url.ts'
import { readClaims } from './claims.ts'
import { readJsonObject } from './json.ts'
import { readJwt } from './jwt.ts'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const flat = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 20 })

it('bytes have one spelling, and every other text is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.base64String(), (bytes, text) => {
      expect(decodeStrictly(Buffer.from(bytes).toString('base64url'))).toEqual(Buffer.from(bytes))
      const decoded = decodeStrictly(text)
      if (decoded !== null) expect(decoded.toString('base64url')).toBe(text)
    }),
  )
})

it('any text is read or refused, and never breaks anything', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => void readJwt(text)))
  fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => void readJsonObject(Buffer.from(text))))
})

it('what is read is what was written', () => {
  fc.assert(
    fc.property(flat, (claims) => {
      fc.pre(!Object.hasOwn(claims, '__proto__'))
      const jwt = readJwt(`${part({ alg: 'ES256', kid: 'k' })}.${part(claims)}.AAAA`)
      expect(typeof jwt === 'string' ? jwt : jwt.payload).toEqual(JSON.parse(JSON.stringify(claims)))
    }),
  )
})

it('a member twice is refused wherever it is, however it is written', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
      (name, path) => {
        const quoted = JSON.stringify(name)
        const escaped = `"${[...Array(name.length).keys()].map((i) => `\\u${name.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
        const twice = path.reduce((inner, it) => `{"${it}":${inner}}`, `{${quoted}:1 , ${escaped} :2}`)
        expect(readJsonObject(Buffer.from(twice))).toBeNull()
      },
    ),
  )
})

it('claims of any form are read or refused, and never taken for another form', () => {
  const claim = fc.constantFrom(
    'iss',
    'sub',
    'aud',
    'exp',
    'iat',
    'nbf',
    'jti',
    'scope',
    'permissions',
    'act',
    'cnf',
    'amr',
  )
  fc.assert(
    fc.property(fc.dictionary(claim, fc.jsonValue({ maxDepth: 2 })), (payload) => {
      const claims = readClaims({ sub: 'a', exp: 2, iat: 1, ...payload })
      if (typeof claims === 'string') return
      expect(typeof claims.subject).toBe('string')
      expect(Number.isFinite(claims.expiresAt) && Number.isFinite(claims.issuedAt)).toBe(true)
      for (const list of [claims.audience, claims.scopes, claims.permissions, claims.amr]) {
        expect(list.every((it) => typeof it === 'string')).toBe(true)
      }
    }),
  )
})
