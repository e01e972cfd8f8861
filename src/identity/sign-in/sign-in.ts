import type { Level } from '../../core/index.ts'
import type { FactorName } from '../factor/method.ts'
import type { Policy, SignInMethod } from '../organization/organization.ts'
import { assuranceOf, type Proof, reaches } from '../session/session.ts'

/** A sign-in under way, kept here and not with the client. Times are milliseconds. */
export type SignIn = {
  readonly id: string
  /** Who it would be; null while nobody is known, or for an address that nobody has. */
  readonly personId: string | null
  /** The address as it was typed; empty where a passkey tells who it is. */
  readonly email: string
  /** The organization that is wanted; null takes the person's own. */
  readonly organization: string | null
  readonly proofs: readonly Proof[]
  /** What has to be reached at the least, which a risk may raise (row I12). */
  readonly wanted: Level
  readonly createdAt: number
  readonly expiresAt: number
  readonly version: number
}

/** What has to come next. A client only follows it. */
export type Next = 'password' | 'verify_email' | 'second_factor' | 'enroll' | 'change_password' | 'done'

/** Everything that the next step follows from. */
export type Facts = {
  readonly signIn: SignIn
  readonly verified: boolean
  readonly mustChangePassword: boolean
  readonly policy: Policy
  /** Whether this browser stands for the second factor. */
  readonly trusted: boolean
  /** Second factors that this person could prove now. */
  readonly factors: readonly FactorName[]
  /** Second factors that can be enrolled here. */
  readonly enrollable: readonly FactorName[]
}

export type Step = { readonly next: Next; readonly methods: readonly (FactorName | SignInMethod)[] }

type Demand = (facts: Facts) => Step | null

/** What is asked for, in this order; the first that is not satisfied comes next. */
const DEMANDS: readonly Demand[] = [firstProof, verifiedAddress, unusualSignIn, ownFactor, enrolment, freshPassword]

/** What comes next in a sign-in. Pure: the same facts give the same step. */
export function nextOf(facts: Facts): Step {
  for (const demand of DEMANDS) {
    const step = demand(facts)
    if (step !== null) return step
  }
  return { next: 'done', methods: [] }
}

function firstProof({ signIn, policy }: Facts): Step | null {
  return signIn.proofs.length === 0 ? { next: 'password', methods: policy.methods } : null
}

function verifiedAddress({ verified }: Facts): Step | null {
  return verified ? null : { next: 'verify_email', methods: [] }
}

// Before anything is enrolled: who has a stolen password alone must not be offered to add a factor of their own.
function unusualSignIn({ signIn, factors }: Facts): Step | null {
  if (!reaches(signIn.wanted, 'aal2') || isTwice(signIn)) return null
  const methods = factors.some(isOwn) ? factors.filter(isOwnOrBackup) : mailboxOf(signIn, factors)
  return methods.length === 0 ? null : { next: 'second_factor', methods }
}

// Who has a second factor is always asked for it: one that is asked for sometimes protects only sometimes.
function ownFactor({ signIn, trusted, factors }: Facts): Step | null {
  if (!factors.some(isOwn) || trusted || isTwice(signIn)) return null
  return { next: 'second_factor', methods: factors.filter(isOwnOrBackup) }
}

function enrolment({ policy, factors, enrollable }: Facts): Step | null {
  return policy.requireMfa && !factors.some(isOwn) ? { next: 'enroll', methods: enrollable } : null
}

function freshPassword({ signIn, mustChangePassword }: Facts): Step | null {
  const byPassword = signIn.proofs.some(({ method }) => method === 'password')
  return mustChangePassword && byPassword ? { next: 'change_password', methods: [] } : null
}

function isTwice({ proofs }: SignIn): boolean {
  return reaches(assuranceOf(proofs).acr, 'aal2')
}

// The mailbox is shown once: who came by a mailed link need not be mailed a code as well.
function mailboxOf({ proofs }: SignIn, factors: readonly FactorName[]): FactorName[] {
  const shown = proofs.some(({ method }) => method === 'magic_link' || method === 'email')
  return shown ? [] : factors.filter((name) => name === 'email')
}

/** A code by mail is there for everybody; only what somebody enrolled asks for itself. */
function isOwn(factor: FactorName): boolean {
  return factor !== 'email' && factor !== 'backup_code'
}

function isOwnOrBackup(factor: FactorName): boolean {
  return factor !== 'email'
}
