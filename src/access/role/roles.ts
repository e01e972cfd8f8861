import type { Caller, Result } from '../../core/index.ts'
import { createRoleChange, type RoleTarget } from './change.ts'
import { createRoleCreate, type NewRole, type RoleWords } from './create.ts'
import { createRoleDelete } from './delete.ts'
import type { RoleDeps } from './deps.ts'
import type { OwnRole } from './role.ts'

/** The roles that organizations make for themselves (row A2). */
export type Roles = {
  /**
   * Makes a role of the caller's organization. Errors: `INPUT_INVALID`, `ROLE_NAME_TAKEN`, `ROLE_CIRCLE`,
   * `ROLE_BEYOND_YOU`, `ROLE_LIMIT_REACHED`, `STEP_UP_REQUIRED`.
   */
  readonly create: (wish: NewRole, caller: Caller) => Promise<Result<OwnRole>>
  /**
   * Changes what a role gives, for everybody who has it: on every node in less than a second, and of those who hold less
   * than before what was signed ends. Errors: as to make one, and `ROLE_UNKNOWN`, `ROLE_BUILT_IN`, `VERSION_STALE`,
   * `LAST_ORGANIZATION_ADMIN`.
   */
  readonly change: (target: RoleTarget, change: Partial<RoleWords>, caller: Caller) => Promise<Result<OwnRole>>
  /**
   * Deletes a role that nobody has. Errors: `ROLE_IN_USE`, `ROLE_UNKNOWN`, `ROLE_BUILT_IN`, `ROLE_BEYOND_YOU`,
   * `VERSION_STALE`, `STEP_UP_REQUIRED`, `LAST_ORGANIZATION_ADMIN`.
   *
   * @param takeFromEveryone takes it first from whoever has it, and from roles that inherit it
   */
  readonly delete: (target: RoleTarget, takeFromEveryone: boolean, caller: Caller) => Promise<Result<OwnRole>>
}

/**
 * Builds the verbs of own roles.
 *
 * @example
 * const roles = createRoles({ store, audit, clock, access, memory, holders, freshProblem })
 * await roles.create({ name: 'packer', description: '', inherits: ['user'], scopes: [], permissions: ['parcels:*'] }, caller)
 */
export function createRoles(deps: RoleDeps): Roles {
  return Object.freeze({
    create: createRoleCreate(deps),
    change: createRoleChange(deps),
    delete: createRoleDelete(deps),
  })
}
