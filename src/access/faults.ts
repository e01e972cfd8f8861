import type { FieldError } from '../core/index.ts'
import type { Access } from './access.ts'
import type { Grants, Holding } from './grants.ts'
import { isPermission, missingPermissions, missingScopes } from './permission.ts'
import { ROLE_NAMES } from './roles.ts'

/**
 * Why something cannot be granted to anything, all faults at once. What is left out has none.
 *
 * @param known the roles that may be given; the built-in ones unless told
 */
export function grantFaults(
  access: Pick<Access, 'scopeFault'>,
  said: Partial<Grants>,
  known: readonly string[] = ROLE_NAMES,
): FieldError[] {
  const { roles = [], scopes = [], permissions = [] } = said
  return [
    ...eachFault('roles', roles, (role) =>
      known.includes(role) ? null : `there is no role "${role}"; there are ${known.join(', ')}`,
    ),
    ...eachFault('scopes', scopes, access.scopeFault),
    ...eachFault('permissions', permissions, (text) =>
      isPermission(text) ? null : `"${text}" must look like resource:action, such as orders:read or orders:*`,
    ),
  ]
}

/**
 * What is new in `after` and not held by whoever grants it: nobody gives what they do not hold.
 *
 * @param look looks up roles, where those of an organization may be among them
 */
export function excessFaults(
  before: Grants,
  after: Grants,
  holder: Holding,
  look: (grants: Grants) => Holding,
): FieldError[] {
  const [had, has] = [look(before), look(after)]
  return heldFaults(holder, {
    scopes: missingScopes(had.scopes, has.scopes),
    permissions: missingPermissions(had.permissions, has.permissions),
  })
}

/** What of some scopes and permissions somebody does not hold. */
export function heldFaults(holder: Holding, { scopes, permissions }: Holding): FieldError[] {
  return [
    ...eachFault('scopes', missingScopes(holder.scopes, scopes), notHeld),
    ...eachFault('permissions', missingPermissions(holder.permissions, permissions), notHeld),
  ]
}

/** The faults of several values of one field. */
export function eachFault(
  path: string,
  values: readonly string[],
  fault: (value: string) => string | null,
): FieldError[] {
  return values.flatMap((value) => {
    const message = fault(value)
    return message === null ? [] : [{ path, message }]
  })
}

function notHeld(what: string): string {
  return `you do not hold "${what}"`
}
