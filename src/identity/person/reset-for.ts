import { type Caller, done, type Result, refused, type Secret } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { freshProblem } from '../session/step-up.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { mailReset } from './forgot.ts'
import { oneTimePassword } from './make.ts'
import { holdSubject } from './member.ts'
import { setPassword } from './set-password.ts'
import { tellAbout } from './tell.ts'

export const RESET_MODES = ['mail', 'one_time'] as const
export type ResetMode = (typeof RESET_MODES)[number]

/** Helps somebody to a new password; see `People.resetPassword`. Second factors stay as they are. */
export function createAdminReset(deps: IdentityDeps & { readonly guard: SignInGuard }) {
  return async (id: string, mode: ResetMode, caller: Caller): Promise<Result<Secret | null>> => {
    const problem = await freshProblem(deps, caller)
    if (problem !== null) return refused(problem)
    return mode === 'mail' ? byMail(id, caller) : byPassword(id, caller)
  }

  function byMail(id: string, caller: Caller): Promise<Result<null>> {
    return deps.store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      await mailReset(deps, tx, held.value.person)
      const details = { by: 'administrator' }
      await tellAbout(deps, tx, held.value.person, caller, { type: 'user.password_asked', outcome: 'success', details })
      return done(null)
    })
  }

  async function byPassword(id: string, caller: Caller): Promise<Result<Secret>> {
    const made = await oneTimePassword(deps)
    if (!made.ok) return made
    const { hash, oneTime } = made.value
    return deps.store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      const change = { hash, by: 'administrator', caller, but: null, mustChange: true } as const
      await setPassword(deps, tx, held.value.person, change)
      return done(oneTime)
    })
  }
}
