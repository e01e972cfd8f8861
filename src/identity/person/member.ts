import type { Access } from '../../access/index.ts'
import { type Caller, done, organizationOf, type Problem, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { refuseIdentity } from '../problems.ts'
import { type Tables, tablesOf } from '../tables.ts'
import { outranksProblem } from './outrank.ts'
import type { Membership, Person } from './person.ts'
import { findMembership, findPerson, holdPerson } from './store.ts'

/** A person as the administrators of one organization see them. */
export type Member = { readonly person: Person; readonly membership: Membership }

/** What changes whenever either half of a member does: both only ever count upwards. */
export function versionOf({ person, membership }: Member): number {
  return person.version + membership.version
}

/** A person in the caller's organization; who belongs to others alone is nobody there. Errors: `USER_UNKNOWN`. */
export async function findMember(db: Tables, id: string, caller: Caller): Promise<Result<Member>> {
  return memberOf(await findPerson(db, id), await findMembership(db, id, organizationOf(caller)))
}

/** The same to change them. On PostgreSQL the person is held until the transaction ends. */
export async function holdMember(tx: Transaction, id: string, caller: Caller): Promise<Result<Member>> {
  return memberOf(await holdPerson(tx, id), await findMembership(tablesOf(tx), id, organizationOf(caller)))
}

/**
 * A member whose account the caller may rule over: its home is their organization, and it holds nothing that they do
 * not. Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`, `USER_OUTRANKS`.
 */
export async function holdSubject(
  deps: { readonly access: Access },
  tx: Transaction,
  id: string,
  caller: Caller,
): Promise<Result<Member>> {
  const held = await holdMember(tx, id, caller)
  if (!held.ok) return held
  const problem = elsewhereProblem(held.value, caller) ?? (await outranksProblem(deps, tablesOf(tx), id, caller))
  return problem === null ? held : refused(problem)
}

/** Why the account itself is not the caller's to change; null when it is. */
export function elsewhereProblem({ person }: Member, caller: Caller): Problem | null {
  return person.organization === organizationOf(caller) ? null : refuseIdentity('USER_ELSEWHERE')
}

function memberOf(person: Person | null, membership: Membership | null): Result<Member> {
  if (person === null || membership === null) return refused(refuseIdentity('USER_UNKNOWN'))
  return done({ person, membership })
}
