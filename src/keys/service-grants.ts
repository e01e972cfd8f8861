import {
  type Access,
  type Grants,
  holdingOf,
  isPermission,
  missingPermissions,
  missingScopes,
  ROLE_NAMES,
} from '../access/index.ts'
import type { Caller, FieldError, Problem } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import { refuseKey } from './problems.ts'

/** What may be said about what a service's keys carry at most, and whom to write to. What is not said is everything. */
export type ServiceGrants = Partial<Grants> & { readonly contacts?: readonly string[] }

export const EVERYTHING: Grants = Object.freeze({ roles: [], scopes: ['*'], permissions: ['*'] })

/**
 * What a service holds once something was said: what was not named stays. Roles named where everything was permitted
 * stand instead of everything; beside it they would mean nothing.
 */
export function grantsAfter(before: Grants, said: Partial<Grants>): Grants {
  const { roles = before.roles, scopes = before.scopes, permissions = before.permissions } = said
  const instead = roles.length > 0 && said.roles !== undefined && said.permissions === undefined
  return { roles, scopes, permissions: instead && permissions.includes('*') ? [] : permissions }
}

/** What is wrong with what was said, all faults at once; null when it is right. */
export function serviceProblem(deps: { readonly access: Access }, said: ServiceGrants): Problem | null {
  const { roles = [], scopes = [], permissions = [], contacts = [] } = said
  const known: readonly string[] = ROLE_NAMES
  const errors = [
    ...each('roles', roles, (role) =>
      known.includes(role) ? null : `there is no role "${role}"; there are ${known.join(', ')}`,
    ),
    ...each('scopes', scopes, deps.access.scopeFault),
    ...each('permissions', permissions, (text) =>
      isPermission(text) ? null : `"${text}" must look like resource:action, such as orders:read or orders:*`,
    ),
    ...twice('roles', roles),
    ...twice('scopes', scopes),
    ...twice('permissions', permissions),
    ...twice('contacts', contacts),
  ]
  return errors.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors })
}

/**
 * Whoever widens a service wakes what its keys were given before, so nobody widens it by what they do not hold
 * themselves. Narrowing is free.
 */
export function widenedProblem(before: Grants, after: Grants, caller: Caller): Problem | null {
  const [had, has] = [holdingOf(before), holdingOf(after)]
  const scopes = missingScopes(had.scopes, has.scopes)
  const permissions = missingPermissions(had.permissions, has.permissions)
  const { principal } = caller
  const anyScope = missingPermissions(principal.permissions, ['keys:grant-any']).length === 0
  const errors = [
    ...each('scopes', anyScope ? [] : missingScopes(principal.scopes, scopes), notHeld),
    ...each('permissions', missingPermissions(principal.permissions, permissions), notHeld),
  ]
  return errors.length === 0 ? null : refuseKey('GRANT_EXCEEDED', { errors })
}

function notHeld(what: string): string {
  return `you do not hold "${what}"`
}

function twice(path: string, values: readonly string[]): FieldError[] {
  return each(
    path,
    values.filter((value, i) => values.indexOf(value) !== i),
    (value) => `"${value}" is named twice`,
  )
}

function each(path: string, values: readonly string[], fault: (value: string) => string | null): FieldError[] {
  return values.flatMap((value) => {
    const message = fault(value)
    return message === null ? [] : [{ path, message }]
  })
}
