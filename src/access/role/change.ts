import { actorOf, type Caller, done, organizationOf, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Holding } from '../grants.ts'
import { missingPermissions, missingScopes } from '../permission.ts'
import { refuseAccess } from '../problems.ts'
import type { RoleWords } from './create.ts'
import type { RoleDeps } from './deps.ts'
import { beyondProblem, roleProblem } from './faults.ts'
import { isReserved, type OwnRole } from './role.ts'
import { type SettledRoles, settle } from './settle.ts'
import { holdRoles, ROLE_TOPIC, readRoles, roleTables, updateRole } from './store.ts'
import { wordsOf } from './words.ts'

/** Which role, and in which version; null for whatever it is now. */
export type RoleTarget = { readonly name: string; readonly version: number | null }

/** Changes a role; see `Roles.change`. */
export function createRoleChange(deps: RoleDeps) {
  return async (target: RoleTarget, change: Partial<RoleWords>, caller: Caller): Promise<Result<OwnRole>> => {
    const stale = await deps.freshProblem(caller)
    if (stale !== null) return refused(stale)
    const changed = await deps.store.write((tx) => changeWithin(deps, tx, target, change, caller))
    if (changed.ok) await deps.memory.reload(changed.value.organization)
    return changed
  }
}

async function changeWithin(
  deps: RoleDeps,
  tx: Transaction,
  target: RoleTarget,
  change: Partial<RoleWords>,
  caller: Caller,
): Promise<Result<OwnRole>> {
  const found = await holdRole(tx, target, caller)
  if (!found.ok) return found
  const { role, roles } = found.value
  const others = roles.filter(({ name }) => name !== role.name)
  const stamps = { changedAt: deps.clock.now(), changedBy: caller.principal.id, version: role.version + 1 }
  const next: OwnRole = { ...role, ...change, ...stamps }
  const [before, after] = [settle(roles), settle([...others, next])]
  const problem =
    roleProblem(deps, next, others) ??
    touchProblem(role.name, [before, after], caller) ??
    (await deps.holders.changeProblem(tx, role.organization, [holdsOf(before), holdsOf(after)]))
  if (problem !== null) return refused(problem)
  if (!(await updateRole(tx, next, role.version))) return refused(refuseHttp('VERSION_STALE'))
  await tx.announce(ROLE_TOPIC, role.organization)
  const weakened = await weakenHolders(deps, tx, role, [before, after], caller)
  const event = { type: 'role.changed', outcome: 'success', resource: role.name } as const
  await deps.audit.append(tx, { ...actorOf(caller), ...event, details: { ...wordsOf(next), weakened } })
  return done(next)
}

/** A role to change, with all of its organization. Errors: `ROLE_BUILT_IN`, `ROLE_UNKNOWN`, `VERSION_STALE`. */
export async function holdRole(
  tx: Transaction,
  { name, version }: RoleTarget,
  caller: Caller,
): Promise<Result<{ readonly role: OwnRole; readonly roles: readonly OwnRole[] }>> {
  const organization = organizationOf(caller)
  await holdRoles(tx, organization)
  const roles = await readRoles(roleTables(tx), organization)
  const role = roles.find((one) => one.name === name)
  if (role === undefined) return refused(refuseAccess(isReserved(name) ? 'ROLE_BUILT_IN' : 'ROLE_UNKNOWN'))
  return version === null || version === role.version ? done({ role, roles }) : refused(refuseHttp('VERSION_STALE'))
}

/** Why somebody may not touch a role: before or after it gives what they do not hold. */
export function touchProblem(name: string, settled: readonly SettledRoles[], caller: Caller): Problem | null {
  for (const roles of settled) {
    const problem = beyondProblem(roles.get(name)?.holds ?? NOTHING, caller)
    if (problem !== null) return problem
  }
  return null
}

/** What each role of an organization gives, with all that it inherits. */
export function holdsOf(roles: SettledRoles): ReadonlyMap<string, Holding> {
  return new Map([...roles].map(([name, { holds }]) => [name, holds]))
}

/** Ends what was signed for whoever holds less by a changed role, or by one that inherits it. @returns how many they are */
async function weakenHolders(
  deps: RoleDeps,
  tx: Transaction,
  { name, organization }: OwnRole,
  [before, after]: readonly [SettledRoles, SettledRoles],
  caller: Caller,
): Promise<number> {
  if (coversAll(after.get(name)?.holds, before.get(name)?.holds)) return 0
  const holders = await deps.holders.find(tx, organization, heirsOf(name, before))
  await deps.holders.weaken(tx, holders, caller)
  return holders.length
}

/** The roles that inherit one, near and far, and itself. */
export function heirsOf(name: string, roles: SettledRoles): string[] {
  return [...roles.values()].filter(({ all }) => all.includes(name)).map(({ role }) => role.name)
}

function coversAll(held: Holding = NOTHING, wanted: Holding = NOTHING): boolean {
  const scopes = missingScopes(held.scopes, wanted.scopes)
  return scopes.length === 0 && missingPermissions(held.permissions, wanted.permissions).length === 0
}

const NOTHING: Holding = Object.freeze({ scopes: [], permissions: [] })
