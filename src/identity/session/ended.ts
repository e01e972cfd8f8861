import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'

/**
 * How far an ending goes: some sessions alone; a person who is signed out everywhere, but for one session where that is
 * told; a person whose rights changed, so that what was said of them before is not true any more; or an organization that
 * nobody acts in any more.
 */
export type EndingReach =
  | { readonly is: 'sessions' }
  | { readonly is: 'person'; readonly personId: string; readonly but: string | null }
  | { readonly is: 'rights'; readonly personId: string }
  | { readonly is: 'organization'; readonly organization: string }

/** Sessions that ended, and why: for whoever hung something on them. */
export type SessionsEnded = {
  readonly sessions: readonly string[]
  readonly reach: EndingReach
  readonly caller: Caller
}

/** Told in the transaction that ends them, so that what hangs on a session ends with it or not at all. */
export type OnSessionsEnded = (tx: Transaction, ended: SessionsEnded) => Promise<void>
