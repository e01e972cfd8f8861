import type { Caller, Problem, Result, Secret } from '../../core/index.ts'
import type { Idempotency } from '../../http/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Session } from '../session/session.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { createChange, type MemberChange, type Target } from './change.ts'
import { createErase, type RevokeKeys } from './erase.ts'
import { createMemberIdsAfter } from './ids-after.ts'
import { createImport, type ImportedPerson } from './import.ts'
import { createMemberList, type MemberFilter, type MemberPart } from './list.ts'
import { createLocks } from './lock.ts'
import { createMake, type Made, type PersonWish } from './make.ts'
import type { Member } from './member.ts'
import { createMemberRead } from './read.ts'
import { createAdminReset, type ResetMode } from './reset-for.ts'
import { createRule } from './rule.ts'
import { createSessionsFor } from './sessions-for.ts'

/** What administrators do with people, each within their own organization. */
export type People = {
  /**
   * Makes a person. Errors: `INPUT_INVALID`, `ROLE_EXCEEDED`, `EMAIL_TAKEN`, `PASSWORDS_BUSY`, `STEP_UP_REQUIRED`,
   * `IDEMPOTENCY_KEY_REUSED`.
   */
  readonly create: (wish: PersonWish, caller: Caller, idempotency?: Idempotency | null) => Promise<Result<Made>>
  /** Errors: `USER_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<Member>>
  /** Ids of members of an organization in their order, continuing after one. */
  readonly idsAfter: ReturnType<typeof createMemberIdsAfter>
  /** Newest first, continuing before an id. */
  readonly list: (
    filter: MemberFilter,
    part: MemberPart,
    caller: Caller,
  ) => ReturnType<ReturnType<typeof createMemberList>>
  /**
   * Changes the account, the membership or both. Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`, `USER_OUTRANKS`,
   * `ROLE_EXCEEDED`, `LAST_ADMIN`, `INPUT_INVALID`, `VERSION_STALE`, `STEP_UP_REQUIRED`.
   */
  readonly change: (target: Target, change: MemberChange, caller: Caller) => Promise<Result<Member>>
  /** Locks somebody out until a moment, or with null until they are unlocked. Errors: as `change`. */
  readonly lock: (id: string, until: number | null, caller: Caller) => Promise<Result<Member>>
  /** Lifts every lock: the administrator's, and those of wrong passwords. Errors: as `change`. */
  readonly unlock: (id: string, caller: Caller) => Promise<Result<Member>>
  /**
   * Mails a link to choose a new password, or gives one that works once. Errors: as `change`, `PASSWORDS_BUSY`.
   *
   * @returns the password, where one was made
   */
  readonly resetPassword: (id: string, mode: ResetMode, caller: Caller) => Promise<Result<Secret | null>>
  /** Errors: as `change`. */
  readonly erase: (id: string, caller: Caller) => Promise<Result<null>>
  /** Makes many at once, all or none. Errors: `INPUT_INVALID`, `EMAIL_TAKEN`, `ROLE_EXCEEDED`, `STEP_UP_REQUIRED`. */
  readonly import: (people: readonly ImportedPerson[], caller: Caller) => Promise<Result<readonly Member[]>>
  /** Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`. */
  readonly sessionsOf: (id: string, caller: Caller) => Promise<Result<readonly Session[]>>
  /** Ends every session of somebody. Errors: as `change`. */
  readonly endSessions: (id: string, caller: Caller) => Promise<Result<number>>
  /**
   * Why a caller may not end what a person has anywhere; null when they may. Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`,
   * `USER_OUTRANKS`.
   */
  readonly ruleProblem: (id: string, caller: Caller) => Promise<Problem | null>
  /** The same of whose session it is; null too for a session that is over. */
  readonly ruleSessionProblem: (id: string, caller: Caller) => Promise<Problem | null>
}

export type PeopleDeps = IdentityDeps & { readonly guard: SignInGuard; readonly revokeKeysOf: RevokeKeys }

export function createPeople(deps: PeopleDeps): People {
  return Object.freeze({
    create: createMake(deps),
    get: createMemberRead(deps),
    list: createMemberList(deps),
    idsAfter: createMemberIdsAfter(deps),
    change: createChange(deps),
    ...createLocks(deps),
    resetPassword: createAdminReset(deps),
    erase: createErase(deps),
    import: createImport(deps),
    ...createSessionsFor(deps),
    ...createRule(deps),
  } satisfies People)
}
