import { combinationFaults, missingPermissions, missingScopes } from '../access/index.ts'
import type { Caller, FieldError, Problem } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import type { Key } from './key.ts'
import type { KeyOwner } from './owner.ts'
import { refuseKey } from './problems.ts'

type Carried = Pick<Key, 'scopes' | 'permissions'>

/** A key never holds more than its maker (row K9). Scopes may be given by who may give any (`keys:grant-any`). */
export function grantProblem(key: Carried, caller: Caller): Problem | null {
  const { scopes, permissions } = caller.principal
  return exceeded([
    ...(grantsAnyScope(caller) ? [] : missingScopes(scopes, key.scopes).map(scopeNotHeld)),
    ...missingPermissions(permissions, key.permissions).map((permission) =>
      fault('permissions', `you do not hold "${permission}"`),
    ),
  ])
}

/** A key never holds more than its owner (row K9). */
export function ownerProblem(key: Carried, owner: KeyOwner): Problem | null {
  const { name, holds } = owner
  const lacks = (path: string) => (what: string) => fault(path, `${name} does not hold "${what}"`)
  return exceeded([
    ...missingScopes(holds.scopes, key.scopes).map(lacks('scopes')),
    ...missingPermissions(holds.permissions, key.permissions).map(lacks('permissions')),
  ])
}

/** Scopes that refuse each other (row K10). */
export function scopeFaults(scopes: readonly string[]): FieldError[] {
  return combinationFaults(scopes).map((message) => fault('scopes', message))
}

/** Several problems of one input as one, so that all faults are told at once; null when there is none. */
export function together(problems: readonly (Problem | null)[]): Problem | null {
  const all = problems.filter((problem) => problem !== null)
  const [first = null] = all
  if (all.length < 2) return first
  const errors = all.flatMap((problem) => problem.errors ?? [])
  return all.every(({ code }) => code === 'GRANT_EXCEEDED')
    ? refuseKey('GRANT_EXCEEDED', { errors })
    : refuseHttp('INPUT_INVALID', { errors })
}

function grantsAnyScope({ principal }: Caller): boolean {
  return missingPermissions(principal.permissions, ['keys:grant-any']).length === 0
}

function scopeNotHeld(scope: string): FieldError {
  const message =
    scope === '*' ? '"*" is given only by who holds it or the permission keys:grant-any' : `you do not hold "${scope}"`
  return fault('scopes', message)
}

function exceeded(errors: readonly FieldError[]): Problem | null {
  return errors.length === 0 ? null : refuseKey('GRANT_EXCEEDED', { errors })
}

function fault(path: string, message: string): FieldError {
  return { path, message }
}
