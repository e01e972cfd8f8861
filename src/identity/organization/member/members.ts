import type { Grants } from '../../../access/index.ts'
import { type Caller, done, type Result } from '../../../core/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { createMemberList, type MemberList, type MemberPart } from '../../person/list.ts'
import { findMember, type Member } from '../../person/member.ts'
import { tablesOf } from '../../tables.ts'
import { reach, within } from '../reach.ts'
import { createMemberPut, type MemberTarget } from './put.ts'
import { createMemberRemove } from './remove.ts'

/** Who belongs to an organization, and what they may there. The account itself is not touched. */
export type Members = {
  /** Newest first, continuing before an id. Errors: `ORGANIZATION_UNKNOWN`. */
  readonly list: (organization: string, part: MemberPart, caller: Caller) => Promise<Result<MemberList>>
  /** Errors: `ORGANIZATION_UNKNOWN`, `USER_UNKNOWN`. */
  readonly get: (organization: string, personId: string, caller: Caller) => Promise<Result<Member>>
  /**
   * Says what a member may. Whoever runs the installation makes anybody a member so. Errors: `ORGANIZATION_UNKNOWN`,
   * `STEP_UP_REQUIRED`, `INPUT_INVALID`, `USER_UNKNOWN`, `VERSION_STALE`, `USER_OUTRANKS`, `ROLE_EXCEEDED`, `LAST_ADMIN`,
   * `LAST_ORGANIZATION_ADMIN`.
   */
  readonly put: (target: MemberTarget, grants: Grants, caller: Caller) => Promise<Result<Member>>
  /**
   * Takes somebody out: their sessions there end, their keys there work no more, and they are told by mail. Errors: as
   * `put`, `MEMBERSHIP_HOME`.
   */
  readonly remove: (target: MemberTarget, caller: Caller) => Promise<Result<null>>
}

export function createMembers(deps: IdentityDeps): Members {
  const listMembers = createMemberList(deps)

  const list: Members['list'] = async (organization, part, caller) => {
    const found = await reach(tablesOf(deps.store), organization, caller)
    return found.ok ? done(await listMembers({}, part, within(organization, caller))) : found
  }

  const get: Members['get'] = async (organization, personId, caller) => {
    const db = tablesOf(deps.store)
    const found = await reach(db, organization, caller)
    return found.ok ? findMember(db, personId, within(organization, caller)) : found
  }

  return Object.freeze({ list, get, put: createMemberPut(deps), remove: createMemberRemove(deps) })
}
