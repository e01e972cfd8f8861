import { type Exchange, LEVELS, type Level, type Problem, type Step } from '../core/index.ts'
import { missingPermissions, missingScopes } from './permission.ts'
import { refuseAccess } from './problems.ts'
import { type NoteUse, UNNOTED } from './use/uses.ts'

/** What a route requires of its callers. */
export type Required = {
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  /** Roles by name. */
  readonly roles?: readonly string[]
  /** How surely a person must have proved who they are. */
  readonly acr?: Level | null
  /** Milliseconds since they last proved it. */
  readonly maxAge?: number | null
}

/**
 * The step behind a route's `require`: every scope, permission and role named must be held, and who they are must have been
 * proved as surely and as lately as that.
 *
 * Errors: `AUTHENTICATION_INSUFFICIENT` with the challenge of RFC 9470, `SCOPE_MISSING`, `PERMISSION_MISSING`,
 * `ROLE_MISSING`.
 *
 * @param note takes down what was asked for and held
 * @returns null when nothing is required, so that the route runs no step at all
 */
export function requireStep(required: Required, note: NoteUse = UNNOTED): Step | null {
  const { scopes, permissions, roles = [], acr = null, maxAge = null } = required
  if (scopes.length + permissions.length + roles.length === 0 && acr === null && maxAge === null) return null
  const proof = [acr ?? [], maxAge === null ? [] : `within ${secondsOf(maxAge)} s`].flat()
  return {
    name: `require ${[...scopes, ...permissions, ...roles.map((role) => `role ${role}`), ...proof].join(' ')}`,
    stage: 'access',
    apply: (exchange, dry) => {
      const { principal } = exchange
      const missing = proofProblem(exchange, acr, maxAge)
      if (missing !== null) return { is: 'deny', problem: missing }
      const scope = missingScopes(principal.scopes, scopes)
      if (scope.length > 0) {
        return { is: 'deny', problem: refuseAccess('SCOPE_MISSING', { reason: `missing ${scope.join(' ')}` }) }
      }
      const permission = missingPermissions(principal.permissions, permissions)
      if (permission.length > 0) {
        return {
          is: 'deny',
          problem: refuseAccess('PERMISSION_MISSING', { reason: `missing ${permission.join(' ')}` }),
        }
      }
      const role = roles.filter((name) => !(principal.roles ?? NO_ROLES).includes(name))
      if (role.length > 0) {
        return { is: 'deny', problem: refuseAccess('ROLE_MISSING', { reason: `missing ${role.join(' ')}` }) }
      }
      if (!dry) note(principal, required)
      return undefined
    },
  }
}

const NO_ROLES: readonly string[] = Object.freeze([])

// Of a machine nothing of the kind is known, so it proves nothing.
function proofProblem({ principal, request }: Exchange, acr: Level | null, maxAge: number | null): Problem | null {
  if (acr === null && maxAge === null) return null
  const { assurance } = principal
  const sure = assurance !== undefined && (acr === null || LEVELS.indexOf(assurance.acr) >= LEVELS.indexOf(acr))
  const late = assurance !== undefined && (maxAge === null || request.receivedAt - assurance.provedAt <= maxAge)
  if (sure && late) return null
  const reason = sure ? 'proved too long ago' : `proved ${assurance?.acr ?? 'nothing'}`
  return refuseAccess('AUTHENTICATION_INSUFFICIENT', {
    reason,
    headers: { 'www-authenticate': challenge(acr, maxAge) },
  })
}

// RFC 9470, section 3: what to ask the authorization server for.
function challenge(acr: Level | null, maxAge: number | null): string {
  const parts = ['error="insufficient_user_authentication"', 'error_description="A fresh or stronger proof is needed"']
  if (acr !== null) parts.push(`acr_values="${acr}"`)
  if (maxAge !== null) parts.push(`max_age="${secondsOf(maxAge)}"`)
  return `Bearer ${parts.join(', ')}`
}

function secondsOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
