import type { Caller, FieldError, Problem } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { eachFault, grantFaults, heldFaults } from '../faults.ts'
import type { Holding } from '../grants.ts'
import { refuseAccess } from '../problems.ts'
import { ROLE_NAMES } from '../roles.ts'
import type { RoleDeps } from './deps.ts'
import type { OwnRole } from './role.ts'
import { circleOf } from './settle.ts'

/** Why a role cannot be this, all faults at once; null when it can. */
export function roleProblem(deps: Pick<RoleDeps, 'access'>, role: OwnRole, others: readonly OwnRole[]): Problem | null {
  const known = [...ROLE_NAMES, ...others.map(({ name }) => name), role.name]
  const { inherits, scopes, permissions } = role
  const errors = [
    ...grantFaults(deps.access, { roles: inherits, scopes, permissions }, known).map(asInherited),
    ...twice('inherits', inherits),
    ...twice('scopes', scopes),
    ...twice('permissions', permissions),
  ]
  if (errors.length > 0) return refuseHttp('INPUT_INVALID', { errors })
  const circle = circleOf(role, others)
  if (circle === null) return null
  return refuseAccess('ROLE_CIRCLE', { detail: `The role would inherit itself: ${circle.join(' → ')}.` })
}

/** Why somebody may not touch what gives this; null when they hold all of it. */
export function beyondProblem(holds: Holding, { principal }: Caller): Problem | null {
  const errors = heldFaults(principal, holds)
  return errors.length === 0 ? null : refuseAccess('ROLE_BEYOND_YOU', { errors })
}

function asInherited({ path, message }: FieldError): FieldError {
  return { path: path === 'roles' ? 'inherits' : path, message }
}

function twice(path: string, values: readonly string[]): FieldError[] {
  const again = values.filter((value, i) => values.indexOf(value) !== i)
  return eachFault(path, again, (value) => `"${value}" is named twice`)
}
