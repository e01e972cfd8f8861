import { randomBytes } from 'node:crypto'
import { type Caller, done, type Result } from '../../core/index.ts'
import type { Secrets } from '../../secrets/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { FactorMethod } from '../factor/method.ts'
import { findMember } from '../person/member.ts'
import type { SignIns } from '../sign-in/sign-ins.ts'
import { tablesOf } from '../tables.ts'
import { createOwnPasskeys, type OwnPasskeys } from './account.ts'
import { trustPasskeyOf } from './change.ts'
import type { PasskeyDeps } from './deps.ts'
import { createPasskeyEnrolment, type PasskeyEnrolment } from './enrol.ts'
import type { Authenticators } from './metadata/authenticators.ts'
import { readMetadata } from './metadata/read-metadata.ts'
import { createPasskeyMethod } from './method.ts'
import type { Passkey } from './passkey.ts'
import { relyingPartyOf } from './relying-party.ts'
import { createPasskeySignIn, type PasskeySignIn } from './sign-in.ts'
import { passkeysOf } from './store.ts'

export type Passkeys = {
  readonly own: OwnPasskeys
  readonly signIn: PasskeySignIn
  readonly enrolment: PasskeyEnrolment
  /** Those of a member of the caller's organization. Errors: `USER_UNKNOWN`. */
  readonly listOf: (caller: Caller, personId: string) => Promise<Result<readonly Passkey[]>>
  /** Errors: those of `trustPasskeyOf`. */
  readonly resumeOf: (caller: Caller, which: { personId: string; id: string }) => Promise<Result<Passkey>>
  /** Names and icons of models, by AAGUID. */
  readonly authenticators: Authenticators
}

/** Passkeys before there are sign-ins, which need to know them as second factors. */
export type OpenedPasskeys = {
  readonly method: FactorMethod
  readonly join: (signIns: SignIns) => Passkeys
}

/**
 * Opens passkeys: the relying party, what is known of authenticators, and the second factor they are.
 *
 * @throws when a file of metadata that is configured is not right
 */
export async function openPasskeys(deps: IdentityDeps, secrets: Pick<Secrets, 'keep'>): Promise<OpenedPasskeys> {
  const { issuer, settings, clock, onError } = deps
  const all: PasskeyDeps = Object.freeze({
    ...deps,
    relyingParty: relyingPartyOf(issuer, settings),
    authenticators: await readMetadata({ settings: settings.passkeys, clock, onError }),
    decoyKey: await secrets.keep('identity.passkey', () => randomBytes(32)),
  })
  return Object.freeze({
    method: createPasskeyMethod(all),
    join: (signIns: SignIns) => join({ ...all, signIns }),
  })
}

function join(deps: PasskeyDeps & { readonly signIns: SignIns }): Passkeys {
  return Object.freeze({
    own: createOwnPasskeys(deps),
    signIn: createPasskeySignIn(deps),
    enrolment: createPasskeyEnrolment(deps),
    listOf: async (caller, personId) => {
      const db = tablesOf(deps.store)
      const member = await findMember(db, personId, caller)
      return member.ok ? done(await passkeysOf(db, personId)) : member
    },
    resumeOf: (caller, which) => trustPasskeyOf(deps, caller, which),
    authenticators: deps.authenticators,
  })
}
