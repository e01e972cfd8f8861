import {
  type Access,
  type Grants,
  holdingOf,
  isPermission,
  missingPermissions,
  missingScopes,
  ROLE_NAMES,
} from '../../access/index.ts'
import type { Caller, FieldError, Problem } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { refuseIdentity } from '../problems.ts'

/** Why somebody cannot be granted this, all faults at once; null when they can. */
export function grantsProblem(deps: { readonly access: Access }, grants: Grants): Problem | null {
  const known: readonly string[] = ROLE_NAMES
  const errors = [
    ...each('roles', grants.roles, (role) =>
      known.includes(role) ? null : `there is no role "${role}"; there are ${known.join(', ')}`,
    ),
    ...each('scopes', grants.scopes, deps.access.scopeFault),
    ...each('permissions', grants.permissions, (text) =>
      isPermission(text) ? null : `"${text}" must look like resource:action, such as orders:read or orders:*`,
    ),
  ]
  return errors.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors })
}

/** Nobody grants more than they hold themselves: what is new in `after` has to be the caller's too. */
export function exceededProblem(before: Grants, after: Grants, { principal }: Caller): Problem | null {
  const [had, has] = [holdingOf(before), holdingOf(after)]
  const scopes = missingScopes(had.scopes, has.scopes)
  const permissions = missingPermissions(had.permissions, has.permissions)
  const errors = [
    ...each('scopes', missingScopes(principal.scopes, scopes), notHeld),
    ...each('permissions', missingPermissions(principal.permissions, permissions), notHeld),
  ]
  return errors.length === 0 ? null : refuseIdentity('ROLE_EXCEEDED', { errors })
}

export const NOTHING_GRANTED: Grants = Object.freeze({ roles: [], scopes: [], permissions: [] })

function notHeld(what: string): string {
  return `you do not hold "${what}"`
}

function each(path: string, values: readonly string[], fault: (value: string) => string | null): FieldError[] {
  return values.flatMap((value) => {
    const message = fault(value)
    return message === null ? [] : [{ path, message }]
  })
}
