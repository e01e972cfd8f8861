import { randomInt, timingSafeEqual } from 'node:crypto'
import { type Problem, Secret } from '../../../core/index.ts'
import type { Rule } from '../../../limits/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { charge } from '../../sign-in/limits.ts'
import { digitsOf } from '../typed-code.ts'
import { insertCode, type Purpose, spendTry, takeSentCode } from './store.ts'

type Deps = Pick<IdentityDeps, 'clock' | 'factorVault'>

/** How long a code that was sent works, and how often it may be mistyped (row I7). */
export const CODE_MINUTES = 5
const TRIES = 3

/** How often codes are sent: mailboxes and telephones are not to be filled, and text messages cost. */
export const SENDING_RULES = {
  again: { name: 'code-again', max: 1, per: 30_000, burst: null },
  byPerson: { name: 'code-person', max: 5, per: 3_600_000, burst: null },
  byNumber: { name: 'code-number', max: 5, per: 3_600_000, burst: null },
} as const satisfies Readonly<Record<string, Rule>>

/**
 * Charges one sending to a person, and to a number where it is not known to be theirs; one kind of code need not wait for
 * another. Errors: `SIGN_IN_LIMITED`.
 */
export function chargeSending(
  { limits }: Pick<IdentityDeps, 'limits'>,
  { personId, kind, number }: { personId: string; kind: Purpose['kind']; number: string | null },
): Promise<Problem | null> {
  return charge(limits, [
    { rule: SENDING_RULES.again, key: `${kind} ${personId}` },
    { rule: SENDING_RULES.byPerson, key: personId },
    ...(number === null ? [] : [{ rule: SENDING_RULES.byNumber, key: number }]),
  ])
}

/**
 * Makes six digits that are good for one purpose, five minutes and three tries. Those made for it before end.
 *
 * @param bound what else the code is good for alone, such as the number it confirms
 */
export async function makeCode(deps: Deps, tx: Transaction, purpose: Purpose, bound = ''): Promise<Secret> {
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const createdAt = deps.clock.now()
  const times = { createdAt, expiresAt: createdAt + CODE_MINUTES * 60_000 }
  await insertCode(tx, { ...purpose, ...times, digest: digestOfCode(deps, purpose, bound, code), tries: TRIES })
  return new Secret(code)
}

/** Takes a code if it is right: of many at once one does, and each wrong one uses a try up. */
export async function redeemCode(
  deps: Deps,
  tx: Transaction,
  purpose: Purpose,
  typed: string | undefined,
  bound = '',
): Promise<boolean> {
  const code = digitsOf(typed)
  if (code === null) return false
  const kept = await spendTry(tx, purpose, deps.clock.now())
  if (kept === null || !timingSafeEqual(kept, digestOfCode(deps, purpose, bound, code))) return false
  return takeSentCode(tx, purpose, kept)
}

function digestOfCode({ factorVault }: Deps, { subject, kind }: Purpose, bound: string, code: string): Uint8Array {
  return factorVault.digest(code, ['sent', kind, subject, bound])
}
