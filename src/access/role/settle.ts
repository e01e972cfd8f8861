import type { Holding } from '../grants.ts'
import { type RoleName, roleOf } from '../roles.ts'
import type { OwnRole } from './role.ts'

/** An own role with all that it inherits looked up. */
export type SettledRole = {
  readonly role: OwnRole
  readonly holds: Holding
  /** The built-in roles that it inherits, near and far. */
  readonly builtIn: readonly RoleName[]
  /** Every role that it inherits, near and far, and itself. */
  readonly all: readonly string[]
}

export type SettledRoles = ReadonlyMap<string, SettledRole>

/**
 * Looks up what each role of an organization inherits. A circle, which no write leaves behind, gives what all in it give;
 * a name that nobody knows gives nothing.
 */
export function settle(roles: readonly OwnRole[]): SettledRoles {
  const byName = new Map(roles.map((role) => [role.name, role]))
  return new Map(roles.map((role) => [role.name, settleOne(role, byName)]))
}

function settleOne(role: OwnRole, byName: ReadonlyMap<string, OwnRole>): SettledRole {
  const all = [...reachable(role.name, (name) => byName.get(name)?.inherits ?? [])]
  const found = all.flatMap((name) => byName.get(name) ?? roleOf(name) ?? [])
  return Object.freeze({
    role,
    holds: Object.freeze({
      scopes: Object.freeze([...new Set(found.flatMap(({ scopes }) => scopes))]),
      permissions: Object.freeze([...new Set(found.flatMap(({ permissions }) => permissions))]),
    }),
    builtIn: Object.freeze(all.filter((name): name is RoleName => roleOf(name) !== undefined)),
    all: Object.freeze(all),
  })
}

/** Every role that can be reached from one by inheritance, itself included. Ends in a circle too. */
export function reachable(from: string, inheritsOf: (name: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set([from])
  // A set that grows while it is walked is walked to its end.
  for (const name of seen) for (const next of inheritsOf(name)) seen.add(next)
  return seen
}

/** The roles through which one would inherit itself, in order, or null when it would not. */
export function circleOf(role: Pick<OwnRole, 'name' | 'inherits'>, others: readonly OwnRole[]): string[] | null {
  const inherits = new Map<string, readonly string[]>(others.map((other) => [other.name, other.inherits]))
  inherits.set(role.name, role.inherits)
  const cameFrom = new Map<string, string>(role.inherits.map((name) => [name, role.name]))
  for (const name of cameFrom.keys()) {
    if (name === role.name) return wayTo(role.name, cameFrom)
    for (const next of inherits.get(name) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, name)
  }
  return null
}

function wayTo(name: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [name]
  for (let at = cameFrom.get(name); at !== undefined && at !== name; at = cameFrom.get(at)) way.unshift(at)
  return [name, ...way]
}
