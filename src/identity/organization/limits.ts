import type { Problem } from '../../core/index.ts'
import type { Limits, Rule } from '../../limits/index.ts'
import { refuseIdentity } from '../problems.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How often what may be asked that sends a mail or asks somebody else's server. Each counts by what its name says. */
export const ORGANIZATION_RULES = {
  invitationsByOrganization: { name: 'invitation-organization', max: 300, per: HOUR, burst: null },
  /** From all organizations together: nobody's mailbox is filled. */
  invitationsByMailbox: { name: 'invitation-mailbox', max: 10, per: HOUR, burst: null },
  looksByAddress: { name: 'invitation-look-address', max: 60, per: MINUTE, burst: null },
  lookUpsByOrganization: { name: 'domain-organization', max: 20, per: MINUTE, burst: null },
} as const satisfies Readonly<Record<string, Rule>>

type Limited = 'INVITATIONS_LIMITED' | 'DOMAINS_LIMITED'

/** Charges one attempt to some rules, or refuses it with this code. */
export async function chargeOr(
  code: Limited,
  limits: Limits,
  asks: readonly { readonly rule: Rule; readonly key: string }[],
): Promise<Problem | null> {
  const decision = await limits.check(asks)
  if (decision.allowed) return null
  return refuseIdentity(code, { retryAfter: Math.max(1, Math.ceil(decision.retryAfter / 1000)) })
}
