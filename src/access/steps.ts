import type { Step } from '../core/index.ts'
import { missingPermissions, missingScopes } from './permission.ts'
import { refuseAccess } from './problems.ts'

/**
 * The step behind a route's `require`: every scope and every permission named must be held.
 *
 * @returns null when nothing is required, so that the route runs no step at all
 */
export function requireStep(required: { scopes: readonly string[]; permissions: readonly string[] }): Step | null {
  const { scopes, permissions } = required
  if (scopes.length === 0 && permissions.length === 0) return null
  return {
    name: `require ${[...scopes, ...permissions].join(' ')}`,
    stage: 'access',
    apply: ({ principal }) => {
      const scope = missingScopes(principal.scopes, scopes)
      if (scope.length > 0) {
        return { is: 'deny', problem: refuseAccess('SCOPE_MISSING', { reason: `missing ${scope.join(' ')}` }) }
      }
      const permission = missingPermissions(principal.permissions, permissions)
      if (permission.length === 0) return undefined
      return { is: 'deny', problem: refuseAccess('PERMISSION_MISSING', { reason: `missing ${permission.join(' ')}` }) }
    },
  }
}
