import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { circumstancesOf } from '../circumstances.ts'
import { recordOf } from '../factor/tell.ts'
import { mayComeIn, type Person } from '../person/person.ts'
import { findPerson } from '../person/store.ts'
import { labelOf } from '../session/label.ts'
import type { ProofMethod } from '../session/session.ts'
import { tablesOf } from '../tables.ts'
import { type ChallengeUse, takeChallenge } from './challenge.ts'
import { readClientData } from './client-data.ts'
import type { PasskeyDeps } from './deps.ts'
import { methodOf, type Passkey } from './passkey.ts'
import { type AssertionAnswer, readAssertion } from './response.ts'
import { countUse, findHandle, findPasskeyByCredential, suspendPasskey } from './store.ts'
import { type Assertion, verifyAssertion } from './verify-assertion.ts'

/** What is to be proved: by whom, where that is known, and in answer to which challenge. */
export type Ask = {
  readonly use: ChallengeUse
  /** Null where the passkey says who it is. */
  readonly personId: string | null
  readonly userVerification: boolean
  readonly caller: Caller
}

/** `stale` is an answer that came too late or twice; no other refusal says what was wrong, but to the record. */
export type Used =
  | { readonly is: 'proved'; readonly person: Person; readonly method: ProofMethod }
  | { readonly is: 'refused'; readonly why: Why; readonly reason: string }
export type Why = 'malformed' | 'stale' | 'wrong' | 'suspended' | 'cloned'

type Owned = { readonly passkey: Passkey; readonly person: Person }

/**
 * Judges an answer of an authenticator and counts its use. The challenge is gone whatever comes of it, and of two
 * answers with one counter one wins: the other is what a copied passkey looks like (WebAuthn Level 3, section 7.2).
 */
export async function usePasskey(deps: PasskeyDeps, ask: Ask, given: unknown): Promise<Used> {
  const answer = readAssertion(given)
  const challenge = answer === null ? undefined : readClientData(answer.clientDataJSON)?.challenge
  if (answer === null || challenge === undefined) return refused('malformed', 'it is no assertion')
  if ((await takeChallenge(deps, ask.use, challenge)) === null) return refused('stale', 'its challenge is not open')
  const owned = await ownerOf(deps, ask, answer)
  if (typeof owned === 'string') return refused('wrong', owned)
  const { passkey } = owned
  if (passkey.suspendedAt !== null) return refused('suspended', `${passkey.id} is suspended`)
  const { relyingParty } = deps
  const { userVerification } = ask
  const asserted = await verifyAssertion(answer, { challenge, relyingParty, userVerification, passkey })
  if (asserted.is === 'refused') return refused('wrong', `${passkey.id}: ${asserted.reason}`)
  return count(deps, ask, owned, asserted.assertion)
}

/** Whose credential it is, or why it is not to be used here. */
async function ownerOf({ store, clock }: PasskeyDeps, ask: Ask, answer: AssertionAnswer): Promise<Owned | string> {
  const db = tablesOf(store)
  const passkey = await findPasskeyByCredential(db, answer.id)
  if (passkey === null) return 'nobody has such a credential'
  if (ask.personId !== null && ask.personId !== passkey.personId) return 'it is somebody else’s'
  // Section 7.2, step 6: who says by passkey alone who they are must say it in the signed-for account's own words.
  const [person, handle] = await Promise.all([findPerson(db, passkey.personId), findHandle(db, passkey.personId)])
  const said = answer.userHandle
  if (said === null ? ask.personId === null : said !== handle) return 'its user handle is another one'
  if (person === null || !mayComeIn(person, clock.now())) return 'its owner may not come in'
  return { passkey, person }
}

async function count(deps: PasskeyDeps, ask: Ask, { passkey, person }: Owned, assertion: Assertion): Promise<Used> {
  const { counter, backedUp, userVerified } = assertion
  const at = deps.clock.now()
  const isFirst = await deps.store.write(async (tx) => {
    if (await countUse(tx, passkey, { counter, backedUp, at })) return true
    await suspend(deps, tx, ask.caller, { passkey, person }, counter)
    return false
  })
  if (!isFirst) return refused('cloned', `${passkey.id}: its counter did not rise`)
  return { is: 'proved', person, method: methodOf({ userVerified, backupEligible: passkey.backupEligible }) }
}

async function suspend(
  deps: PasskeyDeps,
  tx: Transaction,
  caller: Caller,
  { passkey, person }: Owned,
  counter: number,
) {
  // Who comes second here was told of already, or removed the passkey meanwhile.
  if (!(await suspendPasskey(tx, passkey.id, deps.clock.now()))) return
  await recordOf(
    deps,
    tx,
    { person, caller },
    {
      type: 'passkey.cloned',
      outcome: 'denied',
      code: 'PASSKEY_CLONED',
      resource: passkey.id,
      details: { person: person.id, counter, seen: passkey.counter },
    },
  )
  await deps.notices.mail(tx, {
    to: [person.email],
    template: 'suspicious_sign_in',
    data: { name: person.name, device: labelOf(caller.userAgent), ...circumstancesOf(deps, caller, person.language) },
    language: person.language,
    organization: person.organization,
  })
}

function refused(why: Why, reason: string): Used {
  return { is: 'refused', why, reason }
}
