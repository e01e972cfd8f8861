import { didYouMean } from '../config/index.ts'
import { CONTROL_PERMISSIONS } from './permissions.ts'
import { ROLE_NAMES, ROLES, type RoleName, roleOf } from './roles.ts'
import { BUILT_IN_SCOPES, isScope } from './scopes.ts'

/** Where a scope or permission is known from. */
export type Source = 'built-in' | 'configuration' | 'routes'
export type Named = { readonly name: string; readonly description: string; readonly from: Source }

/** How many keys a person may hold, and for how many days each (row K8). Null is no limit. */
export type KeyLimits = { readonly mostKeys: number | null; readonly rotationDays: number }

export type Role = KeyLimits & {
  readonly name: RoleName
  readonly description: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
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
  readonly roles: readonly Role[]
  /** `open` means that no scopes were declared, so every well-formed one is taken. */
  readonly scopes: { readonly open: boolean; readonly items: readonly Named[] }
  readonly permissions: readonly Named[]
  /** Why a scope cannot be given to anything, or null when it can (row K10). */
  readonly scopeFault: (scope: string) => string | null
  /** The strictest of the limits of some roles, or null when none of them is known. */
  readonly keyLimits: (roles: readonly string[]) => KeyLimits | null
}

/**
 * The registry of roles, scopes and permissions.
 *
 * @example
 * const access = createAccess({ settings: config.access, routes: config.gateway.routes })
 * access.scopeFault('orders:raed') // null, or the sentence when scopes are declared
 */
export function createAccess(deps: { settings: AccessSettings; routes: readonly RequiringRoute[] }): Access {
  const { settings, routes } = deps
  const scopes = registryOf(
    named(BUILT_IN_SCOPES, 'built-in'),
    named(settings.scopes ?? {}, 'configuration'),
    requiredBy(routes, 'scopes'),
  )
  const permissions = registryOf(named(CONTROL_PERMISSIONS, 'built-in'), requiredBy(routes, 'permissions'))
  const open = settings.scopes === null

  function scopeFault(scope: string): string | null {
    if (!isScope(scope))
      return `${JSON.stringify(scope.slice(0, 128))} is no scope: up to 128 printable characters, without spaces, quotes and \\`
    if (open || scopes.has(scope)) return null
    return `"${scope}" is not a scope here${didYouMean(scope, scopes.keys())}; scopes are declared in access.scopes`
  }

  function keyLimits(names: readonly string[]): KeyLimits | null {
    const found = names.filter((name) => roleOf(name) !== undefined).map((name) => settings.roles[name as RoleName])
    if (found.length === 0) return null
    const counts = found.flatMap(({ mostKeys }) => mostKeys ?? [])
    return {
      mostKeys: counts.length === 0 ? null : Math.min(...counts),
      rotationDays: Math.min(...found.map(({ rotationDays }) => rotationDays)),
    }
  }

  return Object.freeze({
    roles: ROLE_NAMES.map((name) => {
      const { sentence, ...held } = ROLES[name]
      return { name, description: sentence, ...held, ...settings.roles[name] }
    }),
    scopes: { open, items: [...scopes.values()] },
    permissions: [...permissions.values()],
    scopeFault,
    keyLimits,
  })
}

function named(table: Readonly<Record<string, string>>, from: Source): Named[] {
  return Object.entries(table).map(([name, description]) => ({ name, description, from }))
}

function requiredBy(routes: readonly RequiringRoute[], kind: 'scopes' | 'permissions'): Named[] {
  const ids = new Map<string, string[]>()
  for (const { id, require } of routes) for (const name of require[kind]) ids.set(name, [...(ids.get(name) ?? []), id])
  return [...ids].map(([name, by]) => ({ name, description: `Required by ${by.join(', ')}.`, from: 'routes' }))
}

// Who says it first keeps the word: a built-in meaning is not rewritten by a configuration.
function registryOf(...sources: readonly Named[][]): Map<string, Named> {
  const registry = new Map<string, Named>()
  for (const item of sources.flat()) if (!registry.has(item.name)) registry.set(item.name, item)
  return registry
}
