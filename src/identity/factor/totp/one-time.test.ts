import { describe, expect, it } from 'vitest'
import { codeAt, keyOf, stepAt, stepOf, uriOf } from './one-time.ts'

const secret = Buffer.from('12345678901234567890')

describe('the codes of an authenticator app', () => {
  // RFC 6238, appendix B, has eight digits; an app shows the last six of them.
  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('at %i seconds is the one of RFC 6238, appendix B', (seconds, code) => {
    expect(codeAt(secret, stepAt(seconds * 1000))).toBe(code.slice(-6))
  })

  it('are taken one step early and one late, and no further', () => {
    const now = 1_234_567_890_000
    const middle = stepAt(now)
    const taken = [-2, -1, 0, 1, 2].map((by) => stepOf(secret, codeAt(secret, middle + by), now, null))
    expect(taken).toEqual([null, middle - 1, middle, middle + 1, null])
  })

  it('are not taken at or before the last step that was', () => {
    const now = 1_234_567_890_000
    const middle = stepAt(now)
    expect(stepOf(secret, codeAt(secret, middle), now, middle)).toBeNull()
    expect(stepOf(secret, codeAt(secret, middle - 1), now, middle)).toBeNull()
    expect(stepOf(secret, codeAt(secret, middle + 1), now, middle)).toBe(middle + 1)
  })
})

describe('what an app is told', () => {
  it('has the names escaped, in a form that no name gets out of', () => {
    const uri = new URL(uriOf(secret, { issuer: 'Ä & Co?secret=x', label: 'a+b@example.com' }))
    expect(uri.protocol).toBe('otpauth:')
    expect(uri.searchParams.get('issuer')).toBe('Ä & Co?secret=x')
    expect(uri.searchParams.getAll('secret')).toEqual(['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'])
    expect(decodeURIComponent(uri.pathname)).toContain('a+b@example.com')
  })

  it('can be typed in groups of four', () => {
    expect(keyOf(secret)).toBe('GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')
  })
})
