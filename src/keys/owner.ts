import type { Access, Grants, Holding, KeyLimits } from '../access/index.ts'
import type { Owner } from './key.ts'
import type { Service } from './service/service.ts'

/** What a person was granted, or null when there is no such person in this organization, or they may not come in. */
export type GrantsOf = (owner: Owner, organization: string) => Promise<OwnerGrants | null>

/** `until` is when the first of them ends by itself, in milliseconds; none does unless told. */
export type OwnerGrants = Grants & { readonly until?: number | null }

/** Whoever owns a key, as far as their keys go (row K9). */
export type KeyOwner = {
  /** How sentences name them. */
  readonly name: string
  readonly enabled: boolean
  /** The most that a key of theirs may carry, roles looked up. */
  readonly holds: Holding
  /** Their roles of which a credential carries all that they give. */
  readonly rolesWithin: (carried: Holding) => readonly string[]
  /** Until when they hold it, in milliseconds; null while nothing of it ends by itself. */
  readonly holdsUntil: number | null
  /** What their roles allow them in keys (row K8); null for services, which go by classification. */
  readonly limits: KeyLimits | null
}

export type OwnerSources = { readonly access: Access; readonly grantsOf: GrantsOf }

/** A person as the owner of keys; null when there is no such person. */
export async function personAsOwner(deps: OwnerSources, owner: Owner, organization: string): Promise<KeyOwner | null> {
  const grants = await deps.grantsOf(owner, organization)
  if (grants === null) return null
  const limits = deps.access.keyLimits(organization, grants.roles) ?? NO_KEYS
  return {
    name: 'this person',
    enabled: true,
    holds: deps.access.holdingOf(organization, grants),
    rolesWithin: (carried) => deps.access.rolesWithin(organization, grants.roles, carried),
    holdsUntil: grants.until ?? null,
    limits,
  }
}

export type OwningService = Pick<Service, 'id' | 'organization' | 'name' | 'enabled' | keyof Grants>

export function serviceAsOwner({ access }: Pick<OwnerSources, 'access'>, service: OwningService): KeyOwner {
  const { id, organization } = service
  const given = access.withGiven(organization, id, service)
  const holds = access.holdingOf(organization, given)
  return {
    name: `the service "${service.name}"`,
    enabled: service.enabled,
    holds,
    rolesWithin: (carried) => access.rolesWithin(organization, given.roles, carried),
    holdsUntil: given.until,
    limits: null,
  }
}

/** A default service that is not made yet, which may carry everything. */
export const UNMADE_SERVICE: KeyOwner = Object.freeze({
  name: 'the default service',
  enabled: true,
  holds: { scopes: ['*'], permissions: ['*'] },
  rolesWithin: () => [],
  holdsUntil: null,
  limits: null,
})

// Whose roles say nothing about keys may have none.
const NO_KEYS: KeyLimits = Object.freeze({ mostKeys: 0, rotationDays: 1 })
