import { hash } from 'node:crypto'
import type { Limits, Rule } from '../../limits/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How often what may be tried. Each counts by what its name says. */
export const FLOW_RULES = {
  /** Codes of devices that were typed and are none. There are 2.5 × 10^10; of all visitors together few are guessed. */
  wrongCodeByAddress: { name: 'user-code-address', max: 20, per: HOUR, burst: null },
  wrongCodeBySession: { name: 'user-code-session', max: 10, per: 15 * MINUTE, burst: null },
  wrongCodeByAll: { name: 'user-code-all', max: 2000, per: HOUR, burst: null },
  /** RFC 8628, section 3.5, has five seconds between two questions; networks are not on time to the millisecond. */
  poll: { name: 'poll', max: 1, per: 4000, burst: null },
  signInRequestByClient: { name: 'ciba-client', max: 300, per: 10 * MINUTE, burst: null },
  /** Nobody is asked all the time by a client that wants them to tire of it. */
  signInRequestByPerson: { name: 'ciba-person', max: 5, per: 10 * MINUTE, burst: null },
} as const satisfies Readonly<Record<string, Rule>>

type Wish = { readonly rule: Rule; readonly key: string }

/** Charges one attempt to some rules. @returns whether it is within all of them */
export async function isWithinLimits(limits: Limits, wishes: readonly Wish[], dry = false): Promise<boolean> {
  // What strangers type is not kept readable, wherever it is counted.
  const asks = wishes.map(({ rule, key }) => ({ rule, key: hash('sha256', key, 'base64url') }))
  return (await limits.check(asks, { dry })).allowed
}
