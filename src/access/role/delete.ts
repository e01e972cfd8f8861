import { actorOf, type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import { refuseAccess } from '../problems.ts'
import { heirsOf, holdRole, holdsOf, type RoleTarget, touchProblem } from './change.ts'
import type { RoleDeps, RoleHolder } from './deps.ts'
import type { OwnRole } from './role.ts'
import { settle } from './settle.ts'
import { deleteRoleRow, ROLE_TOPIC, updateRole } from './store.ts'

/** Deletes a role; see `Roles.delete`. */
export function createRoleDelete(deps: RoleDeps) {
  return async (target: RoleTarget, takeFromEveryone: boolean, caller: Caller): Promise<Result<OwnRole>> => {
    const stale = await deps.freshProblem(caller)
    if (stale !== null) return refused(stale)
    const deleted = await deps.store.write((tx) => deleteWithin(deps, tx, target, takeFromEveryone, caller))
    if (deleted.ok) await deps.memory.reload(deleted.value.organization)
    return deleted
  }
}

async function deleteWithin(
  deps: RoleDeps,
  tx: Transaction,
  target: RoleTarget,
  takeFromEveryone: boolean,
  caller: Caller,
): Promise<Result<OwnRole>> {
  const found = await holdRole(tx, target, caller)
  if (!found.ok) return found
  const { role, roles } = found.value
  const settled = settle(roles)
  const beyond = touchProblem(role.name, [settled], caller)
  if (beyond !== null) return refused(beyond)
  const heirs = roles.filter(({ inherits }) => inherits.includes(role.name))
  const holders = await deps.holders.find(tx, role.organization, heirsOf(role.name, settled))
  const having = await deps.holders.find(tx, role.organization, [role.name])
  if (!takeFromEveryone && having.length + heirs.length > 0) return refused(inUseProblem(having, heirs))
  const left = await changeProblem(deps, tx, roles, role)
  if (left !== null) return refused(left)
  await deps.holders.weaken(tx, holders, caller)
  const problem = await deps.holders.take(tx, role.organization, role.name, caller)
  if (problem !== null) return refused(problem)
  for (const heir of heirs) await disinherit(deps, tx, heir, role.name, caller)
  if (!(await deleteRoleRow(tx, role))) return refused(refuseHttp('VERSION_STALE'))
  await tx.announce(ROLE_TOPIC, role.organization)
  const event = { type: 'role.deleted', outcome: 'success', resource: role.name } as const
  await deps.audit.append(tx, { ...actorOf(caller), ...event, details: { takenFrom: having.length } })
  return done(role)
}

/** Why those who have a role, or one that inherits it, cannot lose what it gives. */
function changeProblem(
  { holders }: RoleDeps,
  tx: Transaction,
  roles: readonly OwnRole[],
  { organization, name }: OwnRole,
): Promise<Problem | null> {
  const without = roles
    .filter((one) => one.name !== name)
    .map((one) => ({ ...one, inherits: one.inherits.filter((inherited) => inherited !== name) }))
  return holders.changeProblem(tx, organization, [holdsOf(settle(roles)), holdsOf(settle(without))])
}

async function disinherit(deps: RoleDeps, tx: Transaction, heir: OwnRole, name: string, caller: Caller): Promise<void> {
  const stamps = { changedAt: deps.clock.now(), changedBy: caller.principal.id, version: heir.version + 1 }
  await updateRole(tx, { ...heir, inherits: heir.inherits.filter((one) => one !== name), ...stamps }, heir.version)
}

function inUseProblem(holders: readonly RoleHolder[], heirs: readonly OwnRole[]): Problem {
  const counts = [...Map.groupBy(holders, ({ kind }) => kind)].map(([kind, of]) => `${of.length} × ${kind}`)
  const roles = heirs.length === 0 ? [] : [`the roles ${heirs.map(({ name }) => name).join(', ')}`]
  const detail = `Still has it: ${[...counts, ...roles].join(', ')}. Take it from them, or add ?takeFromEveryone=true.`
  return refuseAccess('ROLE_IN_USE', { detail })
}
