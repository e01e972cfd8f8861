import { describe, expect, it } from 'vitest'
import { canUse } from './backends.ts'
import { hotpOf, totpOf } from './oathtool.ts'

const base32Of = (text: string): string => {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const fives = bits.match(/.{1,5}/g) ?? []
  return fives.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

const SECRET = base32Of('12345678901234567890')
const at = (seconds: number) => ({ at: new Date(seconds * 1000) })

describe.skipIf(!canUse.oathtool)('codes of oathtool', () => {
  // RFC 6238, appendix B; the secrets of the other algorithms are longer there.
  it.each([
    [59, 'SHA1', '94287082'],
    [1111111109, 'SHA1', '07081804'],
    [20000000000, 'SHA1', '65353130'],
    [59, 'SHA256', '46119246'],
    [59, 'SHA512', '90693936'],
  ] as const)('are those of RFC 6238 at %i with %s', (seconds, algorithm, code) => {
    const length = { SHA1: 20, SHA256: 32, SHA512: 64 }[algorithm]
    const secret = base32Of('1234567890'.repeat(7).slice(0, length))
    expect(totpOf(secret, { ...at(seconds), algorithm, digits: 8 })).toBe(code)
  })

  it.each([
    [0, '755224'],
    [9, '520489'],
  ])('are those of RFC 4226 at counter %i', (counter, code) => {
    expect(hotpOf(SECRET, counter)).toBe(code)
  })

  it('have six digits and thirty seconds unless told, and now is now', () => {
    expect(totpOf(SECRET, at(59))).toBe('287082')
    expect(totpOf(SECRET, at(30))).toBe('287082')
    expect(totpOf(SECRET, at(60))).not.toBe('287082')
    const step = Math.floor(Date.now() / 30_000)
    expect([hotpOf(SECRET, step), hotpOf(SECRET, step + 1)]).toContain(totpOf(SECRET))
  })

  it('refuse what is no secret', () => {
    expect(() => totpOf('not base32!')).toThrow()
  })
})
