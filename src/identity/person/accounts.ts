import type { SignIns } from '../sign-in/sign-ins.ts'
import { createActivity } from './activity.ts'
import { createPasswordChange, createPasswordInSignIn } from './change-password.ts'
import { createEmailChange, createEmailConfirm } from './email-change.ts'
import { createOwnErase, type EraseDeps } from './erase.ts'
import { createExport, type FindKeys } from './export.ts'
import { createForgot } from './forgot.ts'
import type { Invitations } from './invited.ts'
import { createProfile } from './profile.ts'
import { createRegister } from './register.ts'
import { createReset } from './reset.ts'
import { createResend, createVerify } from './verify.ts'

/** What people do with an account of their own. The verbs say what they answer. */
export type Accounts = ReturnType<typeof createAccounts>

export type AccountDeps = EraseDeps & {
  readonly signIns: SignIns
  readonly invitations: Invitations
  readonly findKeysOf: FindKeys
}

export function createAccounts(deps: AccountDeps) {
  const profile = createProfile(deps)
  return Object.freeze({
    register: createRegister(deps),
    verify: createVerify(deps),
    resendVerification: createResend(deps),
    forgot: createForgot(deps),
    reset: createReset(deps),
    changePassword: createPasswordChange(deps),
    setPasswordInSignIn: createPasswordInSignIn(deps),
    read: profile.read,
    change: profile.change,
    changeEmail: createEmailChange(deps),
    confirmEmail: createEmailConfirm(deps),
    export: createExport(deps),
    erase: createOwnErase(deps),
    activity: createActivity(deps),
  })
}
