import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decrypt, encrypt, formatSealed, parseSealed } from './envelope.ts'

const key = createSecretKey(randomBytes(32))

describe('a sealed value', () => {
  it('opens to what was sealed, bound to the very same parts', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.string()), fc.array(fc.string()), (plain, bound, other) => {
        const sealed = encrypt(key, plain, bound)
        expect(decrypt(key, sealed, bound)).toEqual(Buffer.from(plain))
        if (JSON.stringify(bound) !== JSON.stringify(other)) expect(decrypt(key, sealed, other)).toBeNull()
      }),
    )
  })

  it('is bound to parts, not to their sum', () => {
    const sealed = encrypt(key, 'x', ['ab', 'c'])
    expect(decrypt(key, sealed, ['a', 'bc'])).toBeNull()
    expect(decrypt(key, sealed, ['abc'])).toBeNull()
    expect(decrypt(key, sealed, ['ab', 'c', ''])).toBeNull()
  })

  it('is never sealed the same twice', () => {
    const all = Array.from({ length: 100 }, () => encrypt(key, 'x', []).toString('hex'))
    expect(new Set(all).size).toBe(100)
  })

  it('does not open when cut short or made longer', () => {
    const sealed = encrypt(key, 'hunter2', [])
    for (let length = 0; length < sealed.length; length++) {
      expect(decrypt(key, sealed.subarray(0, length), [])).toBeNull()
    }
    expect(decrypt(key, Buffer.concat([sealed, Buffer.of(0)]), [])).toBeNull()
  })

  it('has one text form only, and any other text is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 28, maxLength: 64 }), (bytes) => {
        const text = formatSealed('abcdefgh-_12', Buffer.from(bytes))
        expect(parseSealed(text)).toEqual({ keyId: 'abcdefgh-_12', sealed: Buffer.from(bytes) })
        expect(parseSealed(`${text}=`)).toBeNull()
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => parseSealed(text) === null))
  })
})
