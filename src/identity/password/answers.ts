import type { Secret } from '../../core/index.ts'

/** Too many hashings wait already, or the thread that did this one ended. A route answers 503 with Retry-After. */
export type Busy = {
  readonly is: 'busy'
  /** Seconds. */
  readonly retryAfter: number
}

/** A hash to keep, or the password was longer than {@link MOST_BYTES}. */
export type Hashed = { readonly is: 'hashed'; readonly hash: string } | { readonly is: 'too-long' } | Busy

/** Whether it was the password, and whether its hash is `stale`: to be replaced by a new one of the same password. */
export type Verified = { readonly is: 'right'; readonly stale: boolean } | { readonly is: 'wrong' } | Busy

/** A password that nobody guesses. */
export type Generated = { readonly is: 'generated'; readonly password: Secret } | Busy

export type Used = { readonly is: 'used' } | { readonly is: 'new' } | Busy

/**
 * How often a password stands in the list of breached ones. `unknown`: nobody could say, `why`, and whether it may be
 * taken all the same. `unchecked`: the check is switched off.
 */
export type Breached =
  | { readonly is: 'breached'; readonly count: number }
  | { readonly is: 'clear' }
  | { readonly is: 'unknown'; readonly why: string; readonly mayPass: boolean }
  | { readonly is: 'unchecked' }

/** What a password is judged with. What is about the person may be left out where it is not known. */
export type About = {
  readonly language: Language
  readonly email?: string
  readonly name?: string
  readonly organizationName?: string
}

export type Language = 'en' | 'de'

/** What is wrong with a new password: a stable code, and a sentence in the language that was asked for. */
export type Fault = { readonly code: FaultCode; readonly sentence: string }

export type FaultCode =
  | 'PASSWORD_TOO_SHORT'
  | 'PASSWORD_TOO_LONG'
  | 'PASSWORD_NOT_TEXT'
  | 'PASSWORD_COMMON'
  | 'PASSWORD_PERSONAL'
  | 'PASSWORD_GUESSABLE'
  | 'PASSWORD_BREACHED'
  | 'PASSWORD_USED'
  | 'PASSWORD_UNCHECKED'

/** `weak` has at least one fault, and sentences that say what would help. The score is zxcvbn's, 0 for a wrong form. */
export type Judgement =
  | { readonly is: 'fine'; readonly score: number }
  | {
      readonly is: 'weak'
      readonly score: number
      readonly faults: readonly Fault[]
      readonly suggestions: readonly string[]
    }
  | Busy
