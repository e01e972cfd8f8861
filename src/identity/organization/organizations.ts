import { type Caller, organizationOf as homeOf, type Result } from '../../core/index.ts'
import type { Idempotency } from '../../http/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { tablesOf } from '../tables.ts'
import { createOrganizationChange, type OrganizationChange, type OrganizationTarget } from './change.ts'
import { createOrganizationMake, type NewOrganization } from './create.ts'
import { createDomains, type Domains } from './domain/domains.ts'
import { createInvitations, type InvitationDesk } from './invitation/invitations.ts'
import { createMembers, type Members } from './member/members.ts'
import type { Organization } from './organization.ts'
import { reach, rulesAll } from './reach.ts'
import { findOrganization, listOrganizations } from './store.ts'

/**
 * Tenants, and who and what belongs to them (row I13). Whoever runs the installation reaches all of them, others their
 * own alone: every other is `ORGANIZATION_UNKNOWN`.
 */
export type Organizations = {
  /**
   * Errors: `PERMISSION_MISSING`, `STEP_UP_REQUIRED`, `INPUT_INVALID`, `ROLE_EXCEEDED`, `ORGANIZATION_NAME_TAKEN`,
   * `IDEMPOTENCY_KEY_REUSED`.
   */
  readonly create: (
    wish: NewOrganization,
    caller: Caller,
    idempotency: Idempotency | null,
  ) => Promise<Result<Organization>>
  /** Errors: `ORGANIZATION_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<Organization>>
  /** Newest first, continuing before an id. */
  readonly list: (
    part: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<readonly Organization[]>
  /**
   * Renames, disables, enables, or changes the policy; sessions that are there are held to it at once. Errors:
   * `ORGANIZATION_UNKNOWN`, `STEP_UP_REQUIRED`, `VERSION_STALE`, `ORGANIZATION_DEFAULT`, `PERMISSION_MISSING`,
   * `ORGANIZATION_NAME_TAKEN`, `INPUT_INVALID`, `ROLE_EXCEEDED`.
   */
  readonly change: (
    target: OrganizationTarget,
    change: OrganizationChange,
    caller: Caller,
  ) => Promise<Result<Organization>>
  /** Whether an organization is there and enabled; keys ask for theirs. */
  readonly isOpen: (id: string) => Promise<boolean>
  readonly members: Members
  readonly invitations: InvitationDesk
  readonly domains: Domains
  readonly stop: () => Promise<void>
}

export function createOrganizations(deps: IdentityDeps): Organizations {
  const { store } = deps
  const domains = createDomains(deps)

  const list: Organizations['list'] = async (part, caller) => {
    const db = tablesOf(store)
    if (rulesAll(caller)) return listOrganizations(db, part)
    const own = part.before === null ? await findOrganization(db, homeOf(caller)) : null
    return own === null ? [] : [own]
  }

  return Object.freeze({
    create: createOrganizationMake(deps),
    get: (id, caller) => reach(tablesOf(store), id, caller),
    list,
    change: createOrganizationChange(deps),
    isOpen: async (id) => (await findOrganization(tablesOf(store), id))?.enabled === true,
    members: createMembers(deps),
    invitations: createInvitations(deps),
    domains,
    stop: domains.stop,
  } satisfies Organizations)
}
