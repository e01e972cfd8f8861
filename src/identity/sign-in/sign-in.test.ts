import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../organization/organization.ts'
import type { ProofMethod } from '../session/session.ts'
import { type Facts, nextOf } from './sign-in.ts'

function facts(proofs: readonly ProofMethod[], more: Partial<Facts> & { wanted?: 'aal1' | 'aal2' } = {}): Facts {
  const { wanted = 'aal1', ...rest } = more
  return {
    signIn: {
      id: 'sgn_1',
      personId: 'usr_1',
      email: 'ada@example.com',
      organization: null,
      proofs: proofs.map((method) => ({ method, at: 1 })),
      wanted,
      createdAt: 0,
      expiresAt: 10,
      version: 1,
    },
    verified: true,
    mustChangePassword: false,
    policy: DEFAULT_POLICY,
    trusted: false,
    factors: ['email'],
    enrollable: ['totp', 'passkey'],
    ...rest,
  }
}

const demanding = { ...DEFAULT_POLICY, requireMfa: true }

describe('what comes next in a sign-in', () => {
  it.each<[string, Facts, string, (readonly string[])?]>([
    ['nothing proved', facts([]), 'password', ['password', 'passkey', 'magic_link']],
    ['a password alone', facts(['password']), 'done'],
    ['an address that is not verified', facts(['password'], { verified: false }), 'verify_email'],
    [
      'a password of who has an app',
      facts(['password'], { factors: ['totp', 'email', 'backup_code'] }),
      'second_factor',
      ['totp', 'backup_code'],
    ],
    ['a password and the app', facts(['password', 'totp'], { factors: ['totp', 'email'] }), 'done'],
    ['a password on a trusted device', facts(['password'], { factors: ['totp'], trusted: true }), 'done'],
    [
      'a password on a trusted device, unusual',
      facts(['password'], { factors: ['totp'], trusted: true, wanted: 'aal2' }),
      'second_factor',
      ['totp'],
    ],
    ['an unusual password of who has nothing', facts(['password'], { wanted: 'aal2' }), 'second_factor', ['email']],
    ['the same after the code by mail', facts(['password', 'email'], { wanted: 'aal2' }), 'done'],
    [
      'a password and a code by mail of who has an app',
      facts(['password', 'email'], { factors: ['totp', 'email'] }),
      'second_factor',
      ['totp'],
    ],
    ['a mailed link and the app', facts(['magic_link', 'totp'], { factors: ['totp'] }), 'done'],
    ['an unusual mailed link of who has nothing', facts(['magic_link'], { wanted: 'aal2' }), 'done'],
    ['a demand of the organization', facts(['password'], { policy: demanding }), 'enroll', ['totp', 'passkey']],
    [
      'a demand of the organization, unusual',
      facts(['password'], { policy: demanding, wanted: 'aal2' }),
      'second_factor',
      ['email'],
    ],
    [
      'a demand of the organization after a code by mail',
      facts(['password', 'email'], { policy: demanding, wanted: 'aal2' }),
      'enroll',
      ['totp', 'passkey'],
    ],
    ['a passkey', facts(['passkey'], { factors: ['passkey'], policy: demanding }), 'done'],
    [
      'a touch of a security key alone',
      facts(['security_key'], { factors: ['passkey', 'backup_code'] }),
      'second_factor',
      ['passkey', 'backup_code'],
    ],
    [
      'a mailed link of who has an app',
      facts(['magic_link'], { factors: ['totp', 'email'] }),
      'second_factor',
      ['totp'],
    ],
    ['a password that somebody else set', facts(['password'], { mustChangePassword: true }), 'change_password'],
    [
      'a passkey beside a password that somebody else set',
      facts(['passkey'], { mustChangePassword: true, factors: ['passkey'] }),
      'done',
    ],
  ])('%s', (_name, given, next, methods = []) => {
    expect(nextOf(given)).toEqual({ next, methods })
  })
})
