import type { Caller, Level, Problem } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Browser } from '../device/browser.ts'
import type { Person } from '../person/person.ts'

/** What stands around a sign-in: limits, locks, and what looks unusual (rows I3, I4, I12). */
export type SignInGuard = {
  /** Asked before a sign-in is kept for which nothing was proved. */
  readonly mayBegin: (caller: Caller) => Promise<Problem | null>
  /** Asked before a password is looked at. A browser that is a device of the person may pass where strangers may not. */
  readonly mayTry: (attempt: Attempt) => Promise<Problem | null>
  /** Told of a wrong password; known accounts and unknown ones cost the same. */
  readonly failed: (attempt: Attempt, person: Person | null) => Promise<void>
  readonly succeeded: (tx: Transaction, attempt: Attempt) => Promise<void>
  /** Asked before a second factor is looked at, and told of a wrong one. */
  readonly mayProve: (person: Person, caller: Caller) => Promise<Problem | null>
  readonly proofFailed: (person: Person, caller: Caller) => Promise<void>
  readonly proofSucceeded: (person: Person, caller: Caller) => Promise<void>
  /** What this sign-in has to reach at the least, by what is unusual about it. */
  readonly wanted: (attempt: Attempt, person: Person) => Promise<Level>
  /** Lifts every lock of a person: an administrator did, or who has the mailbox set a new password. */
  readonly clear: (tx: Transaction, person: Person) => Promise<void>
}

export type Attempt = { readonly email: string; readonly caller: Caller; readonly browser: Browser }
