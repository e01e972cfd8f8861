import { missingPermissions } from '../../access/index.ts'
import { type Caller, organizationOf } from '../../core/index.ts'
import type { Reach } from '../store.ts'

/**
 * Which keys a caller may see: with `keys:manage` the organization's, otherwise only those of the same owner. Everything
 * else is "no such key", so that ids tell nothing (row K17).
 */
export function reachOf(caller: Caller): Reach {
  const organization = organizationOf(caller)
  const manages = missingPermissions(caller.principal.permissions, ['keys:manage']).length === 0
  return { organization, ownerId: manages ? null : caller.principal.id }
}
