import { missingPermissions } from '../../access/index.ts'
import {
  type Caller,
  DEFAULT_ORGANIZATION,
  done,
  organizationOf as homeOf,
  type Result,
  refused,
} from '../../core/index.ts'
import { refuseIdentity } from '../problems.ts'
import type { Tables } from '../tables.ts'
import type { Organization } from './organization.ts'
import { findOrganization } from './store.ts'

/** Whether a caller runs the installation, and so every organization in it. */
export function rulesAll(caller: Caller): boolean {
  const { permissions } = caller.principal
  if (permissions.includes('*')) return true
  return (
    homeOf(caller) === DEFAULT_ORGANIZATION && missingPermissions(permissions, ['organizations:manage']).length === 0
  )
}

/** Whether an organization is there for a caller: their own is, and all are for who runs the installation. */
export function isInReach(id: string, caller: Caller): boolean {
  return id === homeOf(caller) || rulesAll(caller)
}

/** An organization that a caller may see. Errors: `ORGANIZATION_UNKNOWN`, the same for those of others. */
export async function reach(db: Tables, id: string, caller: Caller): Promise<Result<Organization>> {
  const found = isInReach(id, caller) ? await findOrganization(db, id) : null
  return found === null ? refused(refuseIdentity('ORGANIZATION_UNKNOWN')) : done(found)
}

/** A caller who asks for what belongs to an organization that they reach, as if they were in it. */
export function within(id: string, caller: Caller): Caller {
  return { ...caller, principal: { ...caller.principal, organization: id } }
}
