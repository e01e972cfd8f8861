import { done, type FieldError, type Problem, type Result, refused, type Secret } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { About, Busy } from '../password/answers.ts'
import { faultOf } from '../password/sentences.ts'
import { refuseIdentity } from '../problems.ts'

type Deps = Pick<IdentityDeps, 'passwords'>

/** What a new password is judged by. */
export type NewPassword = {
  readonly password: Secret
  readonly about: About
  /** The hashes of the last ones, newest first; none for who has none yet. */
  readonly last?: readonly string[]
  /** Where a fault of it is told. */
  readonly path?: string
}

/**
 * Judges a new password by everything there is (row I2) and hashes it. Nothing of it touches the database.
 *
 * Errors: `INPUT_INVALID` with a sentence for each fault and what would help, `PASSWORDS_BUSY`.
 */
export async function hashNewPassword(deps: Deps, wish: NewPassword): Promise<Result<string>> {
  const problem = await judgeNewPassword(deps, wish)
  return problem === null ? hashPassword(deps, wish.password, wish.path) : refused(problem)
}

/** Why a new password cannot be taken; null when it can. The cheapest question comes first. */
export async function judgeNewPassword(deps: Deps, wish: NewPassword): Promise<Problem | null> {
  return (await weakness(deps, wish)) ?? (await breach(deps, wish)) ?? (await repetition(deps, wish))
}

/** Hashes a password without judging it. Errors: `INPUT_INVALID`, `PASSWORDS_BUSY`. */
export async function hashPassword({ passwords }: Deps, password: Secret, path = 'password'): Promise<Result<string>> {
  const hashed = await passwords.hash(password)
  if (hashed.is === 'hashed') return done(hashed.hash)
  return refused(hashed.is === 'busy' ? passwordsBusy(hashed) : invalid(path, ['is too long']))
}

export function passwordsBusy({ retryAfter }: Busy): Problem {
  return refuseIdentity('PASSWORDS_BUSY', { retryAfter })
}

async function weakness({ passwords }: Deps, { password, about, path }: NewPassword): Promise<Problem | null> {
  const judged = await passwords.judge(password, about)
  if (judged.is === 'busy') return passwordsBusy(judged)
  if (judged.is === 'fine') return null
  return invalid(path, [...judged.faults.map(({ sentence }) => sentence), ...judged.suggestions])
}

async function breach({ passwords }: Deps, { password, about, path }: NewPassword): Promise<Problem | null> {
  const answer = await passwords.breached(password)
  const { language } = about
  if (answer.is === 'breached') return invalid(path, [faultOf('PASSWORD_BREACHED', language).sentence])
  const unsure = answer.is === 'unknown' && !answer.mayPass
  return unsure ? invalid(path, [faultOf('PASSWORD_UNCHECKED', language).sentence]) : null
}

async function repetition(deps: Deps, { password, about, last = [], path }: NewPassword): Promise<Problem | null> {
  if (last.length === 0) return null
  const answer = await deps.passwords.wasUsed(password, last)
  if (answer.is === 'busy') return passwordsBusy(answer)
  return answer.is === 'used' ? invalid(path, [faultOf('PASSWORD_USED', about.language).sentence]) : null
}

function invalid(path = 'password', sentences: readonly string[]): Problem {
  const errors: FieldError[] = sentences.map((message) => ({ path, message }))
  return refuseHttp('INPUT_INVALID', { errors })
}
