import {
  actorOf,
  type Caller,
  createId,
  done,
  organizationOf,
  type Problem,
  type Result,
  refused,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import { grantFaults, heldFaults } from '../faults.ts'
import { refuseAccess } from '../problems.ts'
import { holdRoles } from '../role/store.ts'
import type { GrantDeps } from './deps.ts'
import { type Grant, grantsOf, MOST_GRANTS } from './grant.ts'
import { GRANT_TOPIC, grantTables, holdGrantee, insertGrant, readWorking } from './store.ts'

/** A wish to grant something. */
export type GrantWish = Pick<Grant, 'principal' | 'kind' | 'name' | 'reason' | 'until'>

const LONGEST = 3650 * 86_400_000

/** Grants something; see `Given.give`. */
export function createGive(deps: GrantDeps) {
  return async (wish: GrantWish, caller: Caller): Promise<Result<Grant>> => {
    const problem =
      giveProblem(deps, wish, caller) ??
      (await deps.freshProblem(caller)) ??
      (await deps.granteeProblem(wish.principal, caller))
    if (problem !== null) return refused(problem)
    const given = await deps.store.write((tx) => giveWithin(deps, tx, wish, caller))
    if (given.ok) await deps.memory.reload(wish.principal.id)
    return given
  }
}

function giveProblem({ access, clock }: GrantDeps, wish: GrantWish, caller: Caller): Problem | null {
  const organization = organizationOf(caller)
  const grants = grantsOf(wish)
  const errors = [
    ...grantFaults(access, grants, access.roleNamesOf(organization)).map(({ message }) => ({
      path: wish.kind,
      message,
    })),
    ...untilFaults(wish.until, clock.now()),
  ]
  if (errors.length > 0) return refuseHttp('INPUT_INVALID', { errors })
  // Not even by who holds it: a second pair of eyes is what a grant to oneself would go round.
  if (wish.principal.id === caller.principal.id) return refuseAccess('GRANT_TO_YOURSELF')
  const exceeded = heldFaults(caller.principal, access.holdingOf(organization, grants))
  return exceeded.length === 0 ? null : refuseAccess('GRANT_BEYOND_YOU', { errors: exceeded })
}

function untilFaults(until: number | null, now: number) {
  if (until === null || (until > now && until <= now + LONGEST)) return []
  return [{ path: 'until', message: 'must be a time to come, and no further away than ten years' }]
}

async function giveWithin(deps: GrantDeps, tx: Transaction, wish: GrantWish, caller: Caller): Promise<Result<Grant>> {
  const organization = organizationOf(caller)
  const now = deps.clock.now()
  // A role that is deleted meanwhile is asked about by whoever deletes it, after this.
  if (wish.kind === 'role') await holdRoles(tx, organization)
  await holdGrantee(tx, wish.principal.id)
  const working = await readWorking(grantTables(tx), wish.principal.id, now)
  if (working.length >= MOST_GRANTS) return refused(refuseAccess('GRANT_LIMIT_REACHED'))
  const stamps = { givenAt: now, givenBy: caller.principal.id, endedAt: null, endedBy: null }
  const grant: Grant = { id: createId('grt', now), organization, ...wish, ...stamps }
  await insertGrant(tx, grant)
  await tx.announce(GRANT_TOPIC, grant.principal.id)
  const event = { type: 'grant.given', outcome: 'success', resource: grant.id } as const
  await deps.audit.append(tx, { ...actorOf(caller), ...event, details: wordsOf(grant) })
  return done(grant)
}

/** What a grant says, for its Events. */
export function wordsOf({ principal, kind, name, reason, until }: Grant) {
  return {
    principal: principal.id,
    gives: `${kind} ${name}`,
    reason,
    until: until === null ? null : new Date(until).toISOString(),
  }
}
