import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { findOrganization } from '../organization/store.ts'
import type { Person } from '../person/person.ts'
import { holdPerson, membershipsOf } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { deleteCodes } from './backup/store.ts'
import { endWindowsOf } from './key-code/store.ts'
import { countOwnFactors } from './own.ts'
import { type FactorKind, tellFactor } from './tell.ts'

type About = { readonly person: Person; readonly caller: Caller }

/**
 * Removes a second factor of somebody, of whatever kind: the last one stays while an organization of theirs demands one,
 * and takes the backup codes with it. Keys that were let through by a code have to be proved again.
 *
 * Errors: `FACTOR_DEMANDED`, `FACTOR_UNKNOWN`.
 *
 * @param what.take takes the factor away in the transaction; false where there is none
 */
export async function removeFactor(
  deps: IdentityDeps,
  tx: Transaction,
  about: About,
  what: { readonly kind: FactorKind; readonly id: string; readonly take: () => Promise<boolean> },
): Promise<Result<null>> {
  const { person } = about
  const db = tablesOf(tx)
  await holdPerson(tx, person.id)
  if (!(await what.take())) return refused(refuseIdentity('FACTOR_UNKNOWN'))
  const left = await countOwnFactors(deps, db, person.id)
  // Refusing rolls back what was taken.
  if (left === 0 && (await isDemanded(tx, person))) return refused(refuseIdentity('FACTOR_DEMANDED'))
  if (left === 0) await deleteCodes(tx, person.id)
  await endWindowsOf(tx, person.id)
  await tellFactor(deps, tx, about, { change: 'removed', kind: what.kind, id: what.id })
  return done(null)
}

async function isDemanded(tx: Transaction, person: Person): Promise<boolean> {
  const db = tablesOf(tx)
  const memberships = await membershipsOf(db, person.id)
  for (const { organization } of memberships) {
    if ((await findOrganization(db, organization))?.policy.requireMfa === true) return true
  }
  return false
}
