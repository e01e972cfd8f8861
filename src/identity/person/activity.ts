import type { Caller, Event, Result } from '../../core/index.ts'
import { refused } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { charge } from '../sign-in/limits.ts'
import { PERSON_RULES } from './limits.ts'

const DAY = 24 * 3_600_000

/** So far back a person's own events are looked for: the record is long, and has no index by person. */
export const ACTIVITY_MS = 90 * DAY

export type ActivityQuery = { readonly limit?: number | undefined; readonly cursor?: string | undefined }
export type ActivityPage = { readonly items: readonly Event[]; readonly nextCursor: string | null }

/** What a person did lately, newest first. Errors: `CURSOR_INVALID`, `SIGN_IN_LIMITED`. */
export function createActivity({ audit, clock, limits }: Pick<IdentityDeps, 'audit' | 'clock' | 'limits'>) {
  return async (query: ActivityQuery, { principal }: Caller): Promise<Result<ActivityPage>> => {
    const limited = await charge(limits, [{ rule: PERSON_RULES.activityByPerson, key: principal.id }])
    if (limited !== null) return refused(limited)
    return audit.search({ ...query, principal: principal.id, since: clock.now() - ACTIVITY_MS })
  }
}
