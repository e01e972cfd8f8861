import { refuseAccess } from '../../access/index.ts'
import { type Caller, createId, done, type Problem, type Result, refused } from '../../core/index.ts'
import { answerRepeat, type Idempotency, refuseHttp } from '../../http/index.ts'
import { claimIdempotency, type Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { exceededProblem, NOTHING_GRANTED } from '../person/grants.ts'
import { insertMembership } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { freshProblem } from '../session/step-up.ts'
import { tablesOf } from '../tables.ts'
import { DEFAULT_POLICY, type Organization } from './organization.ts'
import { type PolicyWish, policyAfter, policyProblem } from './policy.ts'
import { reach, rulesAll } from './reach.ts'
import { findOrganizationByName, holdNames, insertOrganization } from './store.ts'
import { tellIn } from './tell.ts'

export type NewOrganization = {
  readonly name: string
  readonly policy: PolicyWish
  /** Whether whoever makes it becomes its first administrator. */
  readonly join: boolean
}

// It has no roles of its own before it is there.
const NOT_YET = ''
const FIRST_ADMIN = { ...NOTHING_GRANTED, roles: ['admin'] }

/** Makes organizations; see `Organizations.create`. */
export function createOrganizationMake(deps: IdentityDeps) {
  return async (wish: NewOrganization, caller: Caller, idempotency: Idempotency | null) => {
    const policy = policyAfter(DEFAULT_POLICY, wish.policy)
    const problem =
      rightProblem(deps, wish, caller) ??
      (await freshProblem(deps, caller)) ??
      policyProblem(deps, NOT_YET, [DEFAULT_POLICY, policy], caller)
    if (problem !== null) return refused(problem)
    return deps.store.write((tx) => makeWithin(deps, tx, { ...wish, policy }, caller, idempotency))
  }
}

function rightProblem(deps: IdentityDeps, { join }: NewOrganization, caller: Caller): Problem | null {
  if (!rulesAll(caller)) {
    const detail =
      'Organizations are made by who may manage them all: organizations:manage in the organization org_default.'
    return refuseAccess('PERMISSION_MISSING', { detail })
  }
  if (!join) return null
  if (caller.principal.kind === 'user') return exceededProblem(deps, NOT_YET, [NOTHING_GRANTED, FIRST_ADMIN], caller)
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'join', message: 'is for people: only they can be members' }] })
}

async function makeWithin(
  deps: IdentityDeps,
  tx: Transaction,
  wish: NewOrganization & Pick<Organization, 'policy'>,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Organization>> {
  const now = deps.clock.now()
  const id = createId('org', now)
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  const repeat = await answerRepeat(idempotency, claim, (ref) => reach(tablesOf(tx), ref, caller))
  if (repeat !== null) return repeat
  await holdNames(tx)
  if ((await findOrganizationByName(tablesOf(tx), wish.name)) !== null) {
    return refused(refuseIdentity('ORGANIZATION_NAME_TAKEN'))
  }
  const by = caller.principal.id
  const stamp = { createdAt: now, createdBy: by, changedAt: now, changedBy: by, version: 1 }
  const organization: Organization = { id, name: wish.name, enabled: true, policy: wish.policy, ...stamp }
  await insertOrganization(tx, organization)
  const details = { name: organization.name }
  await tellIn(deps, tx, id, caller, { type: 'organization.created', outcome: 'success', resource: id, details })
  if (wish.join) await joinFirst(deps, tx, id, caller)
  return done(organization)
}

async function joinFirst(deps: IdentityDeps, tx: Transaction, organization: string, caller: Caller): Promise<void> {
  const personId = caller.principal.id
  const stamp = { createdAt: deps.clock.now(), createdBy: personId, version: 1 }
  await insertMembership(tx, { personId, organization, ...FIRST_ADMIN, ...stamp })
  const details = { by: 'creator', roles: FIRST_ADMIN.roles.join(' '), scopes: '', permissions: '' }
  await tellIn(deps, tx, organization, caller, {
    type: 'member.added',
    outcome: 'success',
    resource: personId,
    details,
  })
}
