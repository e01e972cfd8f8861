import type { Caller } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { NOTHING_GRANTED } from '../../person/grants.ts'
import type { Person } from '../../person/person.ts'
import { tablesOf } from '../../tables.ts'
import { addMember } from '../member/put.ts'
import { findOrganization } from '../store.ts'
import { domainOfAddress } from './domain.ts'
import { findVerified } from './store.ts'

/**
 * Makes somebody who registered a member of the organization whose domain their address is of, where its policy says so
 * (row I13). Asked when the address was proved to be theirs, in that transaction.
 */
export async function joinByDomain(
  deps: Pick<IdentityDeps, 'clock' | 'audit'>,
  tx: Transaction,
  person: Person,
  caller: Caller,
): Promise<void> {
  const registered = person.createdBy === person.id
  if (!registered || person.verifiedAt === null) return
  const db = tablesOf(tx)
  const verified = await findVerified(db, domainOfAddress(person.email))
  const organization = verified === null ? null : await findOrganization(db, verified.organization)
  if (organization?.enabled !== true || organization.policy.domainJoin !== 'automatic') return
  const grants = { ...NOTHING_GRANTED, roles: organization.policy.defaultRoles }
  await addMember(deps, tx, { person, organization: organization.id, grants, by: 'domain' }, caller)
}
