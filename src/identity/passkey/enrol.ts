import { done, isRefused, type Result, type Secret } from '../../core/index.ts'
import type { SignIns, Standing, Visitor } from '../sign-in/sign-ins.ts'
import type { PasskeyDeps } from './deps.ts'
import type { CreationOptions } from './options.ts'
import { methodOf, type PasskeyKind } from './passkey.ts'
import { addPasskey, offerPasskey } from './register.ts'

/** A passkey as the second factor that a sign-in waits for (`next: 'enroll'`). */
export type PasskeyEnrolment = {
  /** Errors: `SIGN_IN_ENDED`, `STEP_NOT_NEXT`, `PASSKEYS_UNAVAILABLE`. */
  readonly begin: (flow: string, kind: PasskeyKind, visitor: Visitor) => Promise<Result<CreationOptions>>
  /** Errors: those of `begin`, `PASSKEY_INVALID`, `AUTHENTICATOR_REFUSED`, `PASSKEY_TAKEN`, `ENROLMENT_ENDED`. */
  readonly finish: (
    input: { readonly flow: string; readonly name: string; readonly response: unknown },
    visitor: Visitor,
  ) => Promise<Result<{ readonly standing: Standing; readonly backupCodes: readonly Secret[] | null }>>
}

export function createPasskeyEnrolment(deps: PasskeyDeps & { readonly signIns: SignIns }): PasskeyEnrolment {
  const { signIns } = deps

  const begin: PasskeyEnrolment['begin'] = async (flow, kind, visitor) => {
    const found = await signIns.standsAt(flow, 'enroll', visitor)
    if (!found.ok) return found
    const { signIn, person } = found.value
    return offerPasskey(deps, { person, caller: visitor.caller }, { subject: signIn.id, kind })
  }

  const finish: PasskeyEnrolment['finish'] = async ({ flow, name, response }, visitor) => {
    const found = await signIns.standsAt(flow, 'enroll', visitor)
    if (!found.ok) return found
    const { signIn, person } = found.value
    const about = { person, caller: visitor.caller }
    const added = await addPasskey(deps, about, signIn.id, { name, response, onlyFirst: true })
    if (isRefused(added)) return added
    const { passkey, userVerified, backupCodes } = added.value
    // Whoever made it has it in their hand: to ask for it again would prove nothing more.
    const method = methodOf({ userVerified, backupEligible: passkey.backupEligible })
    const standing = await signIns.proved({ person, method, signIn, organization: signIn.organization }, visitor)
    return standing.ok ? done({ standing: standing.value, backupCodes }) : standing
  }

  return Object.freeze({ begin, finish })
}
