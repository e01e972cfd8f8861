import { type Access, excessFaults, type Grants, grantFaults } from '../../access/index.ts'
import type { Caller, Problem } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { refuseIdentity } from '../problems.ts'

/** Why somebody cannot be granted this, all faults at once; null when they can. */
export function grantsProblem(deps: { readonly access: Access }, grants: Grants): Problem | null {
  const errors = grantFaults(deps.access, grants)
  return errors.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors })
}

/** Nobody grants more than they hold themselves: what is new in `after` has to be the caller's too. */
export function exceededProblem(before: Grants, after: Grants, { principal }: Caller): Problem | null {
  const errors = excessFaults(before, after, principal)
  return errors.length === 0 ? null : refuseIdentity('ROLE_EXCEEDED', { errors })
}

export const NOTHING_GRANTED: Grants = Object.freeze({ roles: [], scopes: [], permissions: [] })
