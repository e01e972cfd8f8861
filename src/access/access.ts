import { didYouMean } from '../config/index.ts'
import { type HeldGrants, withGrants } from './grant/grant.ts'
import { type GrantMemory, NO_GRANTS } from './grant/memory.ts'
import { type Grants, type Holding, holdingBy } from './grants.ts'
import { missingPermissions, missingScopes } from './permission.ts'
import { CONTROL_PERMISSIONS } from './permissions.ts'
import { NO_OWN_ROLES, type RoleMemory } from './role/memory.ts'
import type { OwnRole } from './role/role.ts'
import type { SettledRole } from './role/settle.ts'
import { ROLE_NAMES, ROLES, type RoleName, roleOf } from './roles.ts'
import { BUILT_IN_SCOPES, isScope } from './scopes.ts'

/** Where a scope or permission is known from. */
export type Source = 'built-in' | 'configuration' | 'routes'
export type Named = { readonly name: string; readonly description: string; readonly from: Source }

/** How many keys a person may hold, and for how many days each (row K8). Null is no limit. */
export type KeyLimits = { readonly mostKeys: number | null; readonly rotationDays: number }

/** A role as somebody who gives it sees it. */
export type Role = KeyLimits & {
  readonly name: string
  readonly description: string
  readonly builtIn: boolean
  readonly inherits: readonly string[]
  /** What it names itself. */
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  /** What it gives with all that it inherits. */
  readonly holds: Holding
  /** Null for a built-in one. */
  readonly own: OwnRole | null
}

export type AccessSettings = {
  /** The declared scopes by name, or null for an open registry. */
  readonly scopes: Readonly<Record<string, string>> | null
  readonly roles: Readonly<Record<RoleName, KeyLimits>>
}

/** The part of a gateway route that names scopes and permissions. */
export type RequiringRoute = {
  readonly id: string
  readonly require: { readonly scopes: readonly string[]; readonly permissions: readonly string[] }
}

export type Access = {
  /** The roles that can be given in an organization: the built-in ones, then those that it made. From memory. */
  readonly rolesOf: (organization: string) => readonly Role[]
  readonly roleNamesOf: (organization: string) => readonly string[]
  /** What somebody holds in an organization, roles looked up in memory. One that is not known there gives nothing. */
  readonly holdingOf: (organization: string, grants: Grants) => Holding
  /**
   * The roles that somebody has in an organization, inherited ones too, of which a credential carries all that they give:
   * one that carries less does not make them what they are.
   */
  readonly rolesWithin: (organization: string, roles: readonly string[], carried: Holding) => readonly string[]
  /**
   * What somebody has been granted in all: what their membership or service names, and what was granted to them beside it
   * and works now. `until` is when the first of that ends by itself.
   */
  readonly withGiven: (organization: string, principal: string, grants: Grants) => HeldGrants
  /** What was granted to somebody beside that, and works now. */
  readonly givenOf: GrantMemory['of']
  /** Ends what somebody was granted in an organization that they leave, in the transaction in which they do. */
  readonly endGivenOf: GrantMemory['endOf']
  /** Hears when a principal was granted something or lost it before its time, by id; null for everybody. */
  readonly onGivenChanged: (heard: (principal: string | null) => void) => () => void
  /**
   * Hears when roles of an organization give other things than before; null for all. Whoever remembers what somebody holds
   * forgets it then.
   *
   * @returns stops hearing
   */
  readonly onRolesChanged: (heard: (organization: string | null) => void) => () => void
  /** `open` means that no scopes were declared, so every well-formed one is taken. */
  readonly scopes: { readonly open: boolean; readonly items: readonly Named[] }
  readonly permissions: readonly Named[]
  /** Why a scope cannot be given to anything, or null when it can (row K10). */
  readonly scopeFault: (scope: string) => string | null
  /** The strictest of the limits of some roles of an organization, or null when none of them is known there. */
  readonly keyLimits: (organization: string, roles: readonly string[]) => KeyLimits | null
}

/**
 * The registry of roles, scopes and permissions.
 *
 * @example
 * const access = createAccess({ settings: config.access, routes: () => config.gateway.routes })
 * access.scopeFault('orders:raed') // null, or the sentence when scopes are declared
 */
export function createAccess(deps: {
  settings: AccessSettings
  /** The routes in force, which may become others. */
  routes: () => readonly RequiringRoute[]
  /** The roles that organizations made; none unless told. */
  ownRoles?: Pick<RoleMemory, 'of' | 'subscribe'>
  /** What was granted beside memberships and services; nothing unless told. */
  given?: Pick<GrantMemory, 'of' | 'subscribe' | 'endOf'>
}): Access {
  const { settings, routes, ownRoles = NO_OWN_ROLES, given = NO_GRANTS } = deps
  const open = settings.scopes === null
  const registries = madeOnceFor(routes, (all) => ({
    scopes: registryOf(
      named(BUILT_IN_SCOPES, 'built-in'),
      named(settings.scopes ?? {}, 'configuration'),
      requiredBy(all, 'scopes'),
    ),
    permissions: registryOf(named(CONTROL_PERMISSIONS, 'built-in'), requiredBy(all, 'permissions')),
  }))

  function scopeFault(scope: string): string | null {
    if (!isScope(scope))
      return `${JSON.stringify(scope.slice(0, 128))} is no scope: up to 128 printable characters, without spaces, quotes and \\`
    const { scopes } = registries()
    if (open || scopes.has(scope)) return null
    return `"${scope}" is not a scope here${didYouMean(scope, scopes.keys())}; scopes are declared in access.scopes`
  }

  function holdingOf(organization: string, grants: Grants): Holding {
    const own = ownRoles.of(organization)
    return holdingBy((name) => roleOf(name) ?? own.get(name)?.holds, grants)
  }

  function rolesWithin(organization: string, names: readonly string[], carried: Holding): readonly string[] {
    const own = ownRoles.of(organization)
    const all = new Set(names.flatMap((name) => own.get(name)?.all ?? name))
    return [...all].filter((name) => {
      const gives = roleOf(name) ?? own.get(name)?.holds
      return gives !== undefined && carries(carried, gives)
    })
  }

  function keyLimits(organization: string, names: readonly string[]): KeyLimits | null {
    const own = ownRoles.of(organization)
    return strictest(names.flatMap((name) => (roleOf(name) === undefined ? ofOwn(own.get(name)) : [name as RoleName])))
  }

  // A role that inherits no built-in one allows what everybody may.
  function ofOwn(own: SettledRole | undefined): readonly RoleName[] {
    if (own === undefined) return []
    return own.builtIn.length === 0 ? ['user'] : own.builtIn
  }

  function strictest(names: readonly RoleName[]): KeyLimits | null {
    const found = names.map((name) => settings.roles[name])
    if (found.length === 0) return null
    const counts = found.flatMap(({ mostKeys }) => mostKeys ?? [])
    return {
      mostKeys: counts.length === 0 ? null : Math.min(...counts),
      rotationDays: Math.min(...found.map(({ rotationDays }) => rotationDays)),
    }
  }

  const builtIn: readonly Role[] = ROLE_NAMES.map((name) => {
    const { sentence, scopes, permissions } = ROLES[name]
    const held = { scopes, permissions }
    return {
      name,
      description: sentence,
      builtIn: true,
      inherits: [],
      ...held,
      holds: held,
      own: null,
      ...settings.roles[name],
    }
  })

  function rolesOf(organization: string): readonly Role[] {
    const made = [...ownRoles.of(organization).values()].map((settled): Role => {
      const { role: own, holds } = settled
      const { name, description, inherits, scopes, permissions } = own
      const limits = strictest(ofOwn(settled)) ?? settings.roles.user
      return { name, description, builtIn: false, inherits, scopes, permissions, holds, own, ...limits }
    })
    return [...builtIn, ...made]
  }

  return Object.freeze({
    rolesOf,
    roleNamesOf: (organization: string) => [...ROLE_NAMES, ...ownRoles.of(organization).keys()],
    holdingOf,
    rolesWithin,
    withGiven: (organization: string, principal: string, grants: Grants) =>
      withGrants(grants, given.of(organization, principal)),
    givenOf: given.of,
    endGivenOf: given.endOf,
    onGivenChanged: given.subscribe,
    onRolesChanged: ownRoles.subscribe,
    get scopes() {
      return { open, items: [...registries().scopes.values()] }
    },
    get permissions() {
      return [...registries().permissions.values()]
    },
    scopeFault,
    keyLimits,
  })
}

function carries(carried: Holding, { scopes, permissions }: Holding): boolean {
  return (
    missingScopes(carried.scopes, scopes).length === 0 &&
    missingPermissions(carried.permissions, permissions).length === 0
  )
}

function named(table: Readonly<Record<string, string>>, from: Source): Named[] {
  return Object.entries(table).map(([name, description]) => ({ name, description, from }))
}

function requiredBy(routes: readonly RequiringRoute[], kind: 'scopes' | 'permissions'): Named[] {
  const ids = new Map<string, string[]>()
  for (const { id, require } of routes) for (const name of require[kind]) ids.set(name, [...(ids.get(name) ?? []), id])
  return [...ids].map(([name, by]) => ({ name, description: `Required by ${by.join(', ')}.`, from: 'routes' }))
}

function madeOnceFor<Of, Made>(current: () => Of, make: (of: Of) => Made): () => Made {
  let known: { readonly of: Of; readonly made: Made } | null = null
  return () => {
    const of = current()
    if (known?.of !== of) known = { of, made: make(of) }
    return known.made
  }
}

// Who says it first keeps the word: a built-in meaning is not rewritten by a configuration.
function registryOf(...sources: readonly Named[][]): Map<string, Named> {
  const registry = new Map<string, Named>()
  for (const item of sources.flat()) if (!registry.has(item.name)) registry.set(item.name, item)
  return registry
}
