import type { Access, Role } from '../access.ts'
import type { Grant, Grantee } from '../grant/grant.ts'
import { grantsOf } from '../grant/grant.ts'
import type { Grants } from '../grants.ts'

/** Somebody whose rights are looked at, with what their membership or registration names. */
export type Reviewed = {
  readonly principal: Grantee
  readonly name: string
  /** Whether they can come in at all. */
  readonly enabled: boolean
  readonly grants: Grants
  /** When they became a member or were registered, in milliseconds. */
  readonly since: number
}

/** One way by which somebody holds something. */
export type Way = {
  readonly kind: 'permission' | 'scope'
  /** Of the permission or scope. */
  readonly name: string
  /** From the role that they have to the one that names it; empty where it was given by itself. */
  readonly roles: readonly string[]
  /** The grant that gave it; null for the membership or the registration. */
  readonly grant: Grant | null
}

/** So many ways are told of one principal. */
const MOST_WAYS = 2000

/** Every way by which somebody holds something, by membership or registration first. Roles in a circle are walked once. */
export function waysOf(
  access: Pick<Access, 'rolesOf' | 'givenOf'>,
  organization: string,
  { principal, grants }: Pick<Reviewed, 'principal' | 'grants'>,
): readonly Way[] {
  const roles = new Map(access.rolesOf(organization).map((role) => [role.name, role]))
  const given = access.givenOf(organization, principal.id)
  const sources = [{ grants, grant: null }, ...given.map((grant) => ({ grants: grantsOf(grant), grant }))]
  const ways: Way[] = []
  for (const source of sources) {
    for (const way of waysBy(roles, source.grants)) {
      if (ways.length >= MOST_WAYS) return ways
      ways.push({ ...way, grant: source.grant })
    }
  }
  return ways
}

function* waysBy(roles: ReadonlyMap<string, Role>, grants: Grants): Generator<Omit<Way, 'grant'>> {
  yield* named(grants, [])
  for (const name of grants.roles) {
    for (const path of pathsFrom(roles, name)) yield* named(roles.get(path.at(-1) ?? '') ?? NOTHING, path)
  }
}

function* named({ scopes, permissions }: Pick<Grants, 'scopes' | 'permissions'>, roles: readonly string[]) {
  for (const name of permissions) yield { kind: 'permission' as const, name, roles }
  for (const name of scopes) yield { kind: 'scope' as const, name, roles }
}

/** The shortest path from a role to each that it inherits, itself first. */
function pathsFrom(roles: ReadonlyMap<string, Role>, from: string): readonly (readonly string[])[] {
  const seen = new Set([from])
  const paths: (readonly string[])[] = [[from]]
  // Grows while it is walked, and is walked to its end.
  for (const path of paths) {
    for (const next of roles.get(path.at(-1) ?? '')?.inherits ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      paths.push([...path, next])
    }
  }
  return paths
}

const NOTHING = Object.freeze({ scopes: [], permissions: [] })
