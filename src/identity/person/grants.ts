import { type Access, excessFaults, type Grants, grantFaults } from '../../access/index.ts'
import type { Caller, Problem } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { refuseIdentity } from '../problems.ts'

type Deps = { readonly access: Access }

/** Why somebody cannot be granted this, all faults at once; null when they can. */
export function grantsProblem({ access }: Deps, organization: string, grants: Grants): Problem | null {
  const errors = grantFaults(access, grants, access.roleNamesOf(organization))
  return errors.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors })
}

/** Nobody grants more in an organization than they hold themselves: what is new in `after` has to be the caller's too. */
export function exceededProblem(
  { access }: Deps,
  organization: string,
  [before, after]: readonly [before: Grants, after: Grants],
  { principal }: Caller,
): Problem | null {
  const errors = excessFaults(before, after, principal, (grants) => access.holdingOf(organization, grants))
  return errors.length === 0 ? null : refuseIdentity('ROLE_EXCEEDED', { errors })
}

export const NOTHING_GRANTED: Grants = Object.freeze({ roles: [], scopes: [], permissions: [] })
