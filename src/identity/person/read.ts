import type { Caller, Result } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { tablesOf } from '../tables.ts'
import { findMember, type Member } from './member.ts'

/** Reads a person as the caller's organization sees them; see `People.get`. */
export function createMemberRead({ store }: Pick<IdentityDeps, 'store'>) {
  return (id: string, caller: Caller): Promise<Result<Member>> => findMember(tablesOf(store), id, caller)
}
