import { refuseAccess } from '../../access/index.ts'
import {
  type Caller,
  DEFAULT_ORGANIZATION,
  done,
  type EventInput,
  type Problem,
  type Result,
  refused,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import { freshProblem } from '../session/step-up.ts'
import { type Tables, tablesOf } from '../tables.ts'
import { endEvery, tighten } from './hold-to-policy.ts'
import { nameKeyOf, type Organization } from './organization.ts'
import { type PolicyWish, policyAfter, policyProblem } from './policy.ts'
import { isInReach, rulesAll } from './reach.ts'
import { findOrganizationByName, holdNames, holdOrganization, updateOrganization } from './store.ts'
import { tellIn } from './tell.ts'

export type OrganizationTarget = {
  readonly id: string
  /** The version that may be changed; null for whatever it is now. */
  readonly version: number | null
}

export type OrganizationChange = {
  readonly name?: string
  readonly enabled?: boolean
  readonly policy?: PolicyWish
}

/** Changes organizations; see `Organizations.change`. */
export function createOrganizationChange(deps: IdentityDeps) {
  return async (
    target: OrganizationTarget,
    change: OrganizationChange,
    caller: Caller,
  ): Promise<Result<Organization>> => {
    if (!isInReach(target.id, caller)) return refused(refuseIdentity('ORGANIZATION_UNKNOWN'))
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    return deps.store.write((tx) => changeWithin(deps, tx, target, change, caller))
  }
}

async function changeWithin(
  deps: IdentityDeps,
  tx: Transaction,
  target: OrganizationTarget,
  change: OrganizationChange,
  caller: Caller,
): Promise<Result<Organization>> {
  if (change.name !== undefined) await holdNames(tx)
  const before = await holdOrganization(tx, target.id)
  if (before === null) return refused(refuseIdentity('ORGANIZATION_UNKNOWN'))
  const after = changed(before, change, deps.clock.now(), caller)
  const problem = await problemOf(deps, tablesOf(tx), { before, after, version: target.version, caller })
  if (problem !== null) return refused(problem)
  if (!(await updateOrganization(tx, after, before.version))) return refused(refuseHttp('VERSION_STALE'))
  for (const event of eventsOf(before, change)) {
    await tellIn(deps, tx, before.id, caller, { ...event, resource: before.id })
  }
  if (before.enabled && !after.enabled) await endEvery(deps, tx, after.id, caller)
  else await tighten(deps, tx, before, after, caller)
  await tx.announce('organization', after.id)
  return done(after)
}

function changed(before: Organization, { policy, ...change }: OrganizationChange, now: number, caller: Caller) {
  const stamp = { changedAt: now, changedBy: caller.principal.id, version: before.version + 1 }
  return { ...before, ...change, policy: policyAfter(before.policy, policy ?? {}), ...stamp }
}

type Asked = {
  readonly before: Organization
  readonly after: Organization
  readonly version: number | null
  readonly caller: Caller
}

/** What is asked of a change, in this order; the first that is not so is answered. */
async function problemOf(deps: IdentityDeps, db: Tables, asked: Asked): Promise<Problem | null> {
  const { before, after, version, caller } = asked
  if (version !== null && version !== before.version) return refuseHttp('VERSION_STALE')
  const switched = enabledProblem(asked)
  if (switched !== null) return switched
  if (await isTaken(db, before, after)) return refuseIdentity('ORGANIZATION_NAME_TAKEN')
  return policyProblem(deps, before.id, [before.policy, after.policy], caller)
}

// Who is in it could let nobody in again.
function enabledProblem({ before, after, caller }: Asked): Problem | null {
  if (before.enabled === after.enabled) return null
  if (before.id === DEFAULT_ORGANIZATION) return refuseIdentity('ORGANIZATION_DEFAULT')
  const detail = 'Organizations are disabled and enabled by who may manage them all.'
  return rulesAll(caller) ? null : refuseAccess('PERMISSION_MISSING', { detail })
}

async function isTaken(db: Tables, before: Organization, after: Organization): Promise<boolean> {
  if (nameKeyOf(before.name) === nameKeyOf(after.name)) return false
  return (await findOrganizationByName(db, after.name)) !== null
}

function eventsOf(before: Organization, { name, policy, enabled }: OrganizationChange): EventInput[] {
  const names = [...(name === undefined ? [] : ['name']), ...Object.keys(policy ?? {}).sort()]
  const details = { fields: names.join(' ') }
  const events: EventInput[] = names.length === 0 ? [] : [{ type: 'organization.changed', outcome: 'success', details }]
  if (enabled !== undefined && enabled !== before.enabled) {
    events.push({ type: enabled ? 'organization.enabled' : 'organization.disabled', outcome: 'success' })
  }
  return events
}
