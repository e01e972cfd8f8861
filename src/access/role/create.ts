import { actorOf, type Caller, done, organizationOf, type Problem, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { refuseAccess } from '../problems.ts'
import type { RoleDeps } from './deps.ts'
import { beyondProblem, roleProblem } from './faults.ts'
import { isReserved, MOST_ROLES, type OwnRole } from './role.ts'
import { settle } from './settle.ts'
import { holdRoles, insertRole, ROLE_TOPIC, readRoles, roleTables } from './store.ts'
import { wordsOf } from './words.ts'

/** What can be said about a role. */
export type RoleWords = Pick<OwnRole, 'description' | 'inherits' | 'scopes' | 'permissions'>
export type NewRole = RoleWords & { readonly name: string }

/** Makes a role; see `Roles.create`. */
export function createRoleCreate(deps: RoleDeps) {
  return async (wish: NewRole, caller: Caller): Promise<Result<OwnRole>> => {
    const stale = await deps.freshProblem(caller)
    if (stale !== null) return refused(stale)
    const made = await deps.store.write((tx) => createWithin(deps, tx, wish, caller))
    if (made.ok) await deps.memory.reload(made.value.organization)
    return made
  }
}

async function createWithin(deps: RoleDeps, tx: Transaction, wish: NewRole, caller: Caller): Promise<Result<OwnRole>> {
  const organization = organizationOf(caller)
  await holdRoles(tx, organization)
  const others = await readRoles(roleTables(tx), organization)
  const now = deps.clock.now()
  const by = caller.principal.id
  const stamps = { createdAt: now, createdBy: by, changedAt: now, changedBy: by, version: 1 }
  const role: OwnRole = { organization, ...wish, ...stamps }
  const problem =
    (await nameProblem(deps, tx, role, others)) ?? roleProblem(deps, role, others) ?? giveProblem(role, others, caller)
  if (problem !== null) return refused(problem)
  await insertRole(tx, role)
  await tx.announce(ROLE_TOPIC, organization)
  const event = { type: 'role.created', outcome: 'success', resource: role.name } as const
  await deps.audit.append(tx, { ...actorOf(caller), ...event, details: wordsOf(role) })
  return done(role)
}

async function nameProblem(
  deps: RoleDeps,
  tx: Transaction,
  { name, organization }: OwnRole,
  others: readonly OwnRole[],
): Promise<Problem | null> {
  if (others.length >= MOST_ROLES) return refuseAccess('ROLE_LIMIT_REACHED')
  const taken = isReserved(name) || others.some((other) => other.name === name)
  // Who was left with a role of this name, and nothing by it, must not wake up with the new one.
  const held = taken || (await deps.holders.find(tx, organization, [name])).length > 0
  return held ? refuseAccess('ROLE_NAME_TAKEN') : null
}

function giveProblem(role: OwnRole, others: readonly OwnRole[], caller: Caller): Problem | null {
  const settled = settle([...others, role]).get(role.name)
  return settled === undefined ? null : beyondProblem(settled.holds, caller)
}
