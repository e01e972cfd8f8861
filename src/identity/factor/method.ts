import type { Caller, Problem, Result } from '../../core/index.ts'
import type { Person } from '../person/person.ts'
import type { ProofMethod } from '../session/session.ts'

/** The names under which second factors are asked for. A passkey of any kind is `passkey` here. */
export const FACTOR_NAMES = ['totp', 'passkey', 'email', 'sms', 'backup_code'] as const
export type FactorName = (typeof FACTOR_NAMES)[number]

/** Who proves something, and in which sign-in or session: what is made for one works in no other. */
export type FactorAsk = { readonly person: Person; readonly subject: string; readonly caller: Caller }

/** What a person answers with: a code they read or were sent, or what their authenticator says. */
export type FactorAnswer = { readonly code?: string | undefined; readonly response?: unknown }

/** `wrong` counts as a failure; `busy` and the like are refused without counting. */
export type Proved =
  | { readonly is: 'proved'; readonly method: ProofMethod }
  | { readonly is: 'wrong'; readonly problem: Problem }
  | { readonly is: 'refused'; readonly problem: Problem }

/** One kind of second factor. Each owns its transactions; a code is consumed by compare-and-set. */
export type FactorMethod = {
  readonly name: FactorName
  /** Whether it can be enrolled to satisfy an organization that demands a second factor. */
  readonly enrolls: boolean
  /** Whether this person could prove it now. */
  readonly ready: (person: Person) => Promise<boolean>
  /** Sends or makes what the person answers to. Absent where nothing has to be begun, as with a code from an app. */
  readonly begin?: (ask: FactorAsk) => Promise<Result<object>>
  readonly prove: (ask: FactorAsk, answer: FactorAnswer) => Promise<Proved>
}
