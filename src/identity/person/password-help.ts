import { type Caller, done, type Result, refused, type Secret } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { About, Fault } from '../password/answers.ts'
import { faultOf } from '../password/sentences.ts'
import { charge } from '../sign-in/limits.ts'
import { PERSON_RULES } from './limits.ts'
import { passwordsBusy } from './new-password.ts'

/** What a page tells somebody while they choose a password. */
export type Strength = {
  readonly taken: boolean
  /** 0 to 4. */
  readonly score: number
  readonly faults: readonly Fault[]
  readonly suggestions: readonly string[]
}

/** Helps anybody to a good password; both cost a thread some time, so an address asks only so often. */
export type PasswordHelp = ReturnType<typeof createPasswordHelp>

export function createPasswordHelp({ passwords, limits }: Pick<IdentityDeps, 'passwords' | 'limits'>) {
  /** Errors: `SIGN_IN_LIMITED`, `PASSWORDS_BUSY`. */
  async function check(password: Secret, about: About, caller: Caller): Promise<Result<Strength>> {
    const limited = await chargeFor(caller)
    if (limited !== null) return refused(limited)
    const judged = await passwords.judge(password, about)
    if (judged.is === 'busy') return refused(passwordsBusy(judged))
    const { score } = judged
    if (judged.is === 'weak') {
      const { faults, suggestions } = judged
      return done({ taken: false, score, faults, suggestions })
    }
    const known = (await passwords.breached(password)).is === 'breached'
    const faults = known ? [faultOf('PASSWORD_BREACHED', about.language)] : []
    return done({ taken: !known, score, faults, suggestions: [] })
  }

  /** Errors: `SIGN_IN_LIMITED`, `PASSWORDS_BUSY`. */
  async function generate(kind: 'characters' | 'words', caller: Caller): Promise<Result<Secret>> {
    const limited = await chargeFor(caller)
    if (limited !== null) return refused(limited)
    const made = await passwords.generate(kind)
    return made.is === 'busy' ? refused(passwordsBusy(made)) : done(made.password)
  }

  function chargeFor({ address }: Caller) {
    return charge(limits, [{ rule: PERSON_RULES.passwordWorkByAddress, key: address ?? 'unknown' }])
  }

  return Object.freeze({ check, generate })
}
