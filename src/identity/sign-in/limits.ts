import { hash } from 'node:crypto'
import type { Problem } from '../../core/index.ts'
import type { Limits, Rule } from '../../limits/index.ts'
import { refuseIdentity } from '../problems.ts'

const MINUTE = 60_000

/** How often what may be tried (row I4). Each counts by what its name says. */
export const AUTH_RULES = {
  /** From browsers that the person never used: what no number of networks gets around. */
  signInByAccount: { name: 'sign-in-account', max: 50, per: 60 * MINUTE, burst: null },
  signInByAddress: { name: 'sign-in-address', max: 100, per: 15 * MINUTE, burst: null },
  /** Sign-ins begun with an address alone: each is kept for a while. A page begins one for everybody who comes. */
  beginByAddress: { name: 'sign-in-begin-address', max: 200, per: 15 * MINUTE, burst: null },
  registrationByAddress: { name: 'registration-address', max: 3, per: 60 * MINUTE, burst: null },
  resetByAccount: { name: 'reset-account', max: 3, per: 60 * MINUTE, burst: null },
  warningMail: { name: 'warning-mail', max: 3, per: 24 * 60 * MINUTE, burst: null },
} as const satisfies Readonly<Record<string, Rule>>

/** Charges one attempt to some rules, or refuses it. */
export async function charge(
  limits: Limits,
  asks: readonly { readonly rule: Rule; readonly key: string }[],
): Promise<Problem | null> {
  // What strangers type is not kept readable, wherever the limits are counted.
  const decision = await limits.check(asks.map(({ rule, key }) => ({ rule, key: hash('sha256', key, 'base64url') })))
  if (decision.allowed) return null
  return refuseIdentity('SIGN_IN_LIMITED', { retryAfter: Math.max(1, Math.ceil(decision.retryAfter / 1000)) })
}
