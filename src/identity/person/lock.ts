import { type Caller, done, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { shutOut } from './close.ts'
import { lastAdminProblem } from './last-admin.ts'
import { holdSubject, type Member } from './member.ts'
import type { Person } from './person.ts'
import { updatePerson } from './store.ts'
import { tellAbout } from './tell.ts'

/** The end of the year 9999: what an ISO 8601 text with four digits for the year can still say. */
const WITHOUT_END = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Locks people out and lets them in again; see `People.lock` and `People.unlock`. */
export function createLocks(deps: IdentityDeps & { readonly guard: SignInGuard }) {
  const { store, clock } = deps

  const lock = (id: string, until: number | null, caller: Caller): Promise<Result<Member>> =>
    store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      const problem = await lastAdminProblem(tx, id, clock.now())
      if (problem !== null) return refused(problem)
      const written = await write(tx, held.value, until ?? WITHOUT_END, caller)
      if (!written.ok) return written
      await shutOut(deps, tx, written.value.person, caller, 'the account was locked')
      const details = { until: new Date(until ?? WITHOUT_END).toISOString() }
      await tellAbout(deps, tx, held.value.person, caller, { type: 'user.locked', outcome: 'success', details })
      return written
    })

  const unlock = (id: string, caller: Caller): Promise<Result<Member>> =>
    store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      const written = await write(tx, held.value, null, caller)
      if (!written.ok) return written
      await deps.guard.clear(tx, held.value.person)
      await tx.announce('user', id)
      await tellAbout(deps, tx, held.value.person, caller, { type: 'user.unlocked', outcome: 'success' })
      return written
    })

  async function write(
    tx: Transaction,
    { person, membership }: Member,
    lockedUntil: number | null,
    caller: Caller,
  ): Promise<Result<Member>> {
    const stamp = { changedAt: clock.now(), changedBy: caller.principal.id, version: person.version + 1 }
    const next: Person = { ...person, lockedUntil, ...stamp }
    if (!(await updatePerson(tx, next, person.version))) return refused(refuseHttp('VERSION_STALE'))
    return done({ person: next, membership })
  }

  return Object.freeze({ lock, unlock })
}
