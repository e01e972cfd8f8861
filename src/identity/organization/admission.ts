import type { Problem } from '../../core/index.ts'
import { findMembership } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import type { Proof } from '../session/session.ts'
import type { Tables } from '../tables.ts'
import type { Policy } from './organization.ts'
import { allowsWay } from './policy.ts'
import { findOrganization } from './store.ts'

export type Entering = {
  readonly personId: string
  readonly organization: string
  readonly proofs: readonly Proof[]
}

/**
 * Why an organization does not let somebody in who proved who they are; null when it does. Asked after the proof alone:
 * who proved nothing learns neither what an organization allows nor that it is there (row I13).
 *
 * Errors: `ORGANIZATION_UNKNOWN` for who does not belong to it, `SIGN_IN_FAILED` for one that is disabled,
 * `SIGN_IN_METHOD_REFUSED`.
 */
export async function admissionProblem(
  db: Tables,
  { personId, organization, proofs }: Entering,
): Promise<Problem | null> {
  const found = await findOrganization(db, organization)
  const membership = await findMembership(db, personId, organization)
  if (found === null || membership === null) return refuseIdentity('ORGANIZATION_UNKNOWN')
  // As for a disabled account.
  if (!found.enabled) return refuseIdentity('SIGN_IN_FAILED', { eventCode: 'ORGANIZATION_DISABLED' })
  return allowsWay(found.policy, proofs) ? null : wayRefused(found.policy)
}

/** Says which ways there are instead. */
export function wayRefused({ methods }: Policy): Problem {
  const errors = methods.map((method) => ({ path: 'method', message: `${method} is allowed` }))
  return refuseIdentity('SIGN_IN_METHOD_REFUSED', { errors })
}
