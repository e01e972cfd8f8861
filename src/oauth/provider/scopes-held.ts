import { type Grants, holdingOf, missingPermissions } from '../../access/index.ts'

/** Those of some scopes that whoever holds these grants holds too: as a scope, or as the permission of that name. */
export function scopesHeld(grants: Grants, scopes: readonly string[]): string[] {
  const { scopes: held, permissions } = holdingOf(grants)
  if (held.includes('*')) return [...scopes]
  return scopes.filter((scope) => held.includes(scope) || missingPermissions(permissions, [scope]).length === 0)
}
