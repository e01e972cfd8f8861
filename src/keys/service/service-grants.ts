import {
  type Access,
  eachFault,
  excessFaults,
  type Grants,
  grantFaults,
  missingPermissions,
} from '../../access/index.ts'
import type { Caller, FieldError, Problem } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { refuseKey } from '../problems.ts'

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
export function serviceProblem(
  deps: { readonly access: Access },
  organization: string,
  said: ServiceGrants,
): Problem | null {
  const { roles = [], scopes = [], permissions = [], contacts = [] } = said
  const errors = [
    ...grantFaults(deps.access, said, deps.access.roleNamesOf(organization)),
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
export function widenedProblem(
  { access }: { readonly access: Access },
  before: Grants & { readonly organization: string },
  after: Grants,
  { principal }: Caller,
): Problem | null {
  const anyScope = missingPermissions(principal.permissions, ['keys:grant-any']).length === 0
  const look = (grants: Grants) => access.holdingOf(before.organization, grants)
  const errors = excessFaults(before, after, anyScope ? { ...principal, scopes: ['*'] } : principal, look)
  return errors.length === 0 ? null : refuseKey('GRANT_EXCEEDED', { errors })
}

function twice(path: string, values: readonly string[]): FieldError[] {
  const again = values.filter((value, i) => values.indexOf(value) !== i)
  return eachFault(path, again, (value) => `"${value}" is named twice`)
}
