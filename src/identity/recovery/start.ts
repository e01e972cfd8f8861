import { type Caller, createId, done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { circumstancesOf } from '../circumstances.ts'
import type { IdentityDeps } from '../deps.ts'
import { linkTo } from '../link.ts'
import { holdSubject } from '../person/member.ts'
import type { Person } from '../person/person.ts'
import { tellAbout } from '../person/tell.ts'
import { refuseIdentity } from '../problems.ts'
import { freshProblem } from '../session/step-up.ts'
import { tablesOf } from '../tables.ts'
import { createTicket } from '../ticket/tickets.ts'
import type { Recovery } from './recovery.ts'
import { insertRecovery, openRecoveryOf } from './store.ts'

const DAY = 86_400_000

/** A recovery that nobody finished within this time after it could have been is over. */
const FINISH_WITHIN = 7 * DAY

/**
 * Begins to recover an account. The person is told at once, with a link that stops it; until the wait is over nothing
 * of the account changes (row I8).
 *
 * Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`, `USER_OUTRANKS`, `RECOVERY_UNDER_WAY`, `STEP_UP_REQUIRED`.
 */
export function createRecoveryStart(deps: IdentityDeps) {
  return async (id: string, reason: string, caller: Caller): Promise<Result<Recovery>> => {
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    return deps.store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      const now = deps.clock.now()
      const open = await openRecoveryOf(tablesOf(tx), id, now)
      if (open !== null) return refused(refuseIdentity('RECOVERY_UNDER_WAY'))
      return done(await begin(deps, tx, held.value.person, reason, caller))
    })
  }
}

async function begin(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  reason: string,
  caller: Caller,
): Promise<Recovery> {
  const now = deps.clock.now()
  const readyAt = now + deps.settings.recovery.wait
  const recovery: Recovery = {
    id: createId('rcv', now),
    personId: person.id,
    organization: person.organization,
    reason,
    createdAt: now,
    createdBy: caller.principal.id,
    readyAt,
    expiresAt: readyAt + FINISH_WITHIN,
    endedAt: null,
  }
  await insertRecovery(tx, recovery)
  const details = { reason, recovery: recovery.id, ready: new Date(readyAt).toISOString() }
  await tellAbout(deps, tx, person, caller, { type: 'recovery.started', outcome: 'success', details })
  await mailStart(deps, tx, person, recovery, caller)
  return recovery
}

async function mailStart(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  { id, expiresAt, createdAt, readyAt }: Recovery,
  caller: Caller,
): Promise<void> {
  const { id: personId, organization, name, email, language } = person
  const ticket = { kind: 'recovery_stop', personId, organization, rest: { recovery: id } } as const
  const token = await createTicket(deps, tx, { ...ticket, life: expiresAt - createdAt })
  const circumstances = circumstancesOf(deps, caller, language)
  const days = Math.max(1, Math.floor((readyAt - createdAt) / DAY))
  await deps.notices.mail(tx, {
    to: [email],
    template: 'recovery_started',
    data: { name, ...circumstances, days, link: linkTo(deps, 'recovery', token) },
    language,
    organization,
  })
}
