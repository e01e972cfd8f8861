import { type Caller, type Principal, type Problem, type Result, refused } from '../../core/index.ts'
import { findPerson } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { sessionIdOf } from '../session/sessions.ts'
import { freshProblem } from '../session/step-up.ts'
import { tablesOf } from '../tables.ts'
import { changePasskey, removePasskey, trustPasskey } from './change.ts'
import type { PasskeyDeps } from './deps.ts'
import type { CreationOptions } from './options.ts'
import type { Passkey, PasskeyKind } from './passkey.ts'
import { type About, type Added, addPasskey, offerPasskey } from './register.ts'
import { passkeysOf } from './store.ts'

/**
 * What people do with their own passkeys, in a session. All but looking demands a fresh proof: `STEP_UP_REQUIRED`, and
 * `IMPERSONATION_FORBIDDEN` for who acts in somebody's name.
 */
export type OwnPasskeys = {
  /** Errors: `PASSKEYS_UNAVAILABLE`, `PASSKEY_LIMIT_REACHED`. */
  readonly offer: (caller: Caller, kind: PasskeyKind) => Promise<Result<CreationOptions>>
  /** Errors: `PASSKEY_INVALID`, `AUTHENTICATOR_REFUSED`, `PASSKEY_TAKEN`, `PASSKEY_LIMIT_REACHED`. */
  readonly add: (caller: Caller, input: { name: string; response: unknown }) => Promise<Result<Added>>
  readonly list: (caller: Caller) => Promise<readonly Passkey[]>
  /** Errors: `FACTOR_UNKNOWN`. */
  readonly rename: (caller: Caller, id: string, name: string) => Promise<Result<Passkey>>
  /** Takes a suspended one into use again. Errors: `FACTOR_UNKNOWN`. */
  readonly resume: (caller: Caller, id: string) => Promise<Result<Passkey>>
  /** Errors: `FACTOR_UNKNOWN`, `FACTOR_DEMANDED`. */
  readonly remove: (caller: Caller, id: string) => Promise<Result<null>>
}

export function createOwnPasskeys(deps: PasskeyDeps): OwnPasskeys {
  return Object.freeze({
    offer: (caller, kind) =>
      freshly(caller, (about) => offerPasskey(deps, about, { subject: subjectOf(caller), kind })),
    add: (caller, input) =>
      freshly(caller, (about) => addPasskey(deps, about, subjectOf(caller), { ...input, onlyFirst: false })),
    list: ({ principal }) => passkeysOf(tablesOf(deps.store), principal.id),
    rename: (caller, id, name) => freshly(caller, (about) => changePasskey(deps, about, id, name)),
    resume: (caller, id) => freshly(caller, (about) => trustPasskey(deps, about, id)),
    remove: (caller, id) => freshly(caller, (about) => removePasskey(deps, about, id)),
  } satisfies OwnPasskeys)

  async function freshly<T>(caller: Caller, work: (about: About) => Promise<Result<T>>): Promise<Result<T>> {
    const problem = (await freshProblem(deps, caller)) ?? strangerProblem(caller.principal)
    if (problem !== null) return refused(problem)
    const person = await findPerson(tablesOf(deps.store), caller.principal.id)
    return person === null ? refused(refuseIdentity('SESSION_ENDED')) : work({ person, caller })
  }
}

function strangerProblem(principal: Principal): Problem | null {
  return sessionIdOf(principal) === null ? refuseIdentity('SESSION_REQUIRED') : null
}

// A challenge made in one session is answered in it.
function subjectOf({ principal }: Caller): string {
  return sessionIdOf(principal) ?? principal.id
}
