import { type Caller, createId, done, type Problem, type Result, refused, type Secret } from '../../core/index.ts'
import type { Rule } from '../../limits/index.ts'
import type { Transaction } from '../../store/index.ts'
import { makeBackupCodes } from '../factor/backup/make.ts'
import { countOwnFactors } from '../factor/own.ts'
import { tellFactor } from '../factor/tell.ts'
import type { Person } from '../person/person.ts'
import { holdPerson } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { charge } from '../sign-in/limits.ts'
import { tablesOf } from '../tables.ts'
import { type ChallengeUse, makeChallenge, takeChallenge } from './challenge.ts'
import { readClientData } from './client-data.ts'
import type { PasskeyDeps } from './deps.ts'
import { isAttested, modelProblem } from './model.ts'
import { type CreationOptions, creationOptions } from './options.ts'
import { MOST_PASSKEYS, type Passkey, type PasskeyKind } from './passkey.ts'
import { type RegistrationAnswer, readRegistration } from './response.ts'
import { handleOf, insertPasskey, passkeysOf } from './store.ts'
import { type NewCredential, verifyRegistration } from './verify-registration.ts'

/** Each is a challenge that is kept for five minutes. */
const OFFERS_BY_PERSON: Rule = { name: 'passkey-offers', max: 100, per: 15 * 60_000, burst: null }

export type About = { readonly person: Person; readonly caller: Caller }

/** A passkey that works from now on. The backup codes are there when it is somebody's first second factor. */
export type Added = {
  readonly passkey: Passkey
  readonly userVerified: boolean
  readonly backupCodes: readonly Secret[] | null
}

export type NewPasskey = {
  readonly name: string
  /** What the authenticator answered. */
  readonly response: unknown
  /** For a sign-in: nobody adds a second factor there without proving the first. */
  readonly onlyFirst: boolean
}

/**
 * What an authenticator is asked to make somebody a passkey. Errors: `PASSKEYS_UNAVAILABLE`, `PASSKEY_LIMIT_REACHED`,
 * `SIGN_IN_LIMITED`.
 *
 * @param subject the session or sign-in in which it has to be answered
 */
export async function offerPasskey(
  deps: PasskeyDeps,
  { person }: About,
  { subject, kind }: { readonly subject: string; readonly kind: PasskeyKind },
): Promise<Result<CreationOptions>> {
  const { relyingParty, store } = deps
  if (!relyingParty.isUsable) return refused(refuseIdentity('PASSKEYS_UNAVAILABLE'))
  const limited = await charge(deps.limits, [{ rule: OFFERS_BY_PERSON, key: person.id }])
  if (limited !== null) return refused(limited)
  const has = await passkeysOf(tablesOf(store), person.id)
  if (has.length >= MOST_PASSKEYS) return refused(refuseIdentity('PASSKEY_LIMIT_REACHED'))
  const handle = await store.write((tx) => handleOf(tx, person.id))
  const challenge = await makeChallenge(deps, registering(subject), { kind })
  const { attestation } = deps.settings.passkeys
  return done(creationOptions({ relyingParty, person, handle, kind, challenge, attestation, has }))
}

/**
 * Adds what an authenticator made. Errors: `PASSKEY_INVALID`, `AUTHENTICATOR_REFUSED`, `PASSKEY_TAKEN`,
 * `PASSKEY_LIMIT_REACHED`, `ENROLMENT_ENDED`.
 */
export async function addPasskey(
  deps: PasskeyDeps,
  about: About,
  subject: string,
  input: NewPasskey,
): Promise<Result<Added>> {
  const answer = readRegistration(input.response)
  const challenge = answer === null ? undefined : readClientData(answer.clientDataJSON)?.challenge
  if (answer === null || challenge === undefined) return refused(invalid('it is no registration'))
  const taken = await takeChallenge(deps, registering(subject), challenge)
  if (taken === null) return refused(invalid('its challenge is not open'))
  const kind = taken.kind as PasskeyKind
  const verified = await verifyRegistration(answer, {
    challenge,
    relyingParty: deps.relyingParty,
    userVerification: kind === 'passkey',
    attestation: deps.settings.passkeys.attestation,
  })
  if (verified.is === 'refused') return refused(invalid(verified.reason))
  const { credential } = verified
  const models = { ...deps, settings: deps.settings.passkeys }
  const problem = modelProblem(models, credential)
  if (problem !== null) return refused(problem)
  const attested = isAttested(models, credential)
  const passkey = passkeyOf(deps, about, { kind, name: input.name, answer, credential, attested })
  return deps.store.write((tx) => keep(deps, tx, about, passkey, { ...input, userVerified: credential.userVerified }))
}

async function keep(
  deps: PasskeyDeps,
  tx: Transaction,
  about: About,
  passkey: Passkey,
  { onlyFirst, userVerified }: Pick<NewPasskey, 'onlyFirst'> & Pick<Added, 'userVerified'>,
): Promise<Result<Added>> {
  const db = tablesOf(tx)
  const { person } = about
  await holdPerson(tx, person.id)
  const before = await countOwnFactors(deps, db, person.id)
  if (onlyFirst && before > 0) return refused(refuseIdentity('ENROLMENT_ENDED'))
  const has = await passkeysOf(db, person.id)
  if (has.length >= MOST_PASSKEYS) return refused(refuseIdentity('PASSKEY_LIMIT_REACHED'))
  if (!(await insertPasskey(tx, passkey))) return refused(refuseIdentity('PASSKEY_TAKEN'))
  await tellFactor(deps, tx, about, { change: 'added', kind: wordOf(passkey.kind), id: passkey.id })
  return done({ passkey, userVerified, backupCodes: before === 0 ? await makeBackupCodes(deps, tx, about) : null })
}

function passkeyOf(
  { clock }: PasskeyDeps,
  { person }: About,
  made: {
    readonly kind: PasskeyKind
    readonly name: string
    readonly answer: RegistrationAnswer
    readonly credential: NewCredential
    readonly attested: boolean
  },
): Passkey {
  const { kind, name, answer, credential, attested } = made
  const { credentialId, publicKey, counter, aaguid, backupEligible, backedUp, format } = credential
  const now = clock.now()
  return {
    ...{ id: createId('pky', now), personId: person.id, name, kind, createdAt: now, usedAt: null, suspendedAt: null },
    ...{ credentialId, publicKey, counter, aaguid, backupEligible, backedUp, format, attested },
    transports: answer.transports,
    discoverable: kind === 'passkey' ? true : answer.discoverable,
  }
}

/** What mails call it. */
export function wordOf(kind: PasskeyKind): 'passkey' | 'webauthn' {
  return kind === 'passkey' ? 'passkey' : 'webauthn'
}

function registering(subject: string): ChallengeUse {
  return { purpose: 'passkey.register', subject }
}

function invalid(reason: string): Problem {
  return refuseIdentity('PASSKEY_INVALID', { reason })
}
