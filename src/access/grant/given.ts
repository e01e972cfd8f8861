import { type Caller, organizationOf, type Result } from '../../core/index.ts'
import type { GrantDeps } from './deps.ts'
import { createEnd } from './end.ts'
import { createGive, type GrantWish } from './give.ts'
import type { Grant } from './grant.ts'
import { type GrantFilter, grantTables, listGrants } from './store.ts'

/** Grants with who, when, why and until when (row A2). */
export type Given = {
  /**
   * Grants a role, permission or scope to a member or a service of the caller's organization. What ends by time ends on
   * every node at once, without anybody's writing. Errors: `INPUT_INVALID`, `GRANT_TO_YOURSELF`, `GRANT_BEYOND_YOU`,
   * `GRANT_LIMIT_REACHED`, `USER_UNKNOWN`, `SERVICE_UNKNOWN`, `STEP_UP_REQUIRED`.
   */
  readonly give: (wish: GrantWish, caller: Caller) => Promise<Result<Grant>>
  /** Ends a grant before its time. Errors: `GRANT_UNKNOWN`, `GRANT_BEYOND_YOU`, `STEP_UP_REQUIRED`. */
  readonly end: (id: string, caller: Caller) => Promise<Result<Grant>>
  /** Grants of the caller's organization, ended ones too; newest first, continuing before an id. */
  readonly list: (
    filter: GrantFilter,
    part: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<Grant[]>
}

/**
 * Builds the verbs of grants.
 *
 * @example
 * const principal = { kind: 'user', id: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a' } as const
 * await given.give({ principal, kind: 'role', name: 'support', reason: 'on call', until: clock.now() + DAY }, caller)
 */
export function createGiven(deps: GrantDeps): Given {
  return Object.freeze({
    give: createGive(deps),
    end: createEnd(deps),
    list: (filter: GrantFilter, part: { readonly before: string | null; readonly limit: number }, caller: Caller) =>
      listGrants(grantTables(deps.store), organizationOf(caller), filter, part),
  })
}
