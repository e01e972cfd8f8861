import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Rule } from '../../limits/index.ts'
import { DEFAULT_POLICY } from '../organization/organization.ts'
import { findOrganization } from '../organization/store.ts'
import type { Person } from '../person/person.ts'
import { findPersonByEmail } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { charge } from '../sign-in/limits.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import type { SignIns, Standing, Visitor } from '../sign-in/sign-ins.ts'
import { tablesOf } from '../tables.ts'
import { type ChallengeUse, makeChallenge } from './challenge.ts'
import { withDecoys } from './decoys.ts'
import type { PasskeyDeps } from './deps.ts'
import { type RequestOptions, requestOptions } from './options.ts'
import { passkeyProblem } from './refuse.ts'
import { passkeysOf } from './store.ts'
import { usePasskey } from './use.ts'

/** How many challenges and answers one address may send; a page asks for one each time it is shown. */
const BY_ADDRESS: Rule = { name: 'passkey-address', max: 200, per: 15 * 60_000, burst: null }
const NOBODY = ''

export type PasskeySignIn = {
  /**
   * What an authenticator is asked. Without a sign-in under way it names no credential: the browser offers those it has.
   * In one it names those of the address, among inventions. Errors: `SIGN_IN_ENDED`, `SIGN_IN_LIMITED`.
   */
  readonly begin: (flow: string | null, caller: Caller) => Promise<Result<RequestOptions>>
  /** Takes the answer for a first proof. Errors: `PASSKEY_REFUSED`, `SIGN_IN_ENDED`, `SIGN_IN_LIMITED`. */
  readonly finish: (input: PasskeyAnswer, visitor: Visitor) => Promise<Result<Standing>>
}

export type PasskeyAnswer = {
  readonly flow: string | null
  readonly organization: string | null
  readonly response: unknown
}

/** Signs people in by a passkey alone, which has to verify its user (row I6). */
export function createPasskeySignIn(deps: PasskeyDeps & { readonly signIns: SignIns }): PasskeySignIn {
  const { store, signIns, relyingParty } = deps

  const begin: PasskeySignIn['begin'] = async (flow, caller) => {
    if (!relyingParty.isUsable) return refused(refuseIdentity('PASSKEYS_UNAVAILABLE'))
    const signIn = await limited(flow, caller)
    if (!signIn.ok) return signIn
    const challenge = await makeChallenge(deps, signingIn(signIn.value))
    const ids = signIn.value === null ? [] : await idsFor(signIn.value.email)
    const allow = ids.map((id) => ({ type: 'public-key', id }) as const)
    return done(requestOptions({ relyingParty, challenge, allow, userVerification: 'required' }))
  }

  const finish: PasskeySignIn['finish'] = async ({ flow, organization, response }, visitor) => {
    const found = await limited(flow, visitor.caller)
    if (!found.ok) return found
    const signIn = found.value
    const personId = signIn === null ? null : ((await personOf(signIn))?.id ?? NOBODY)
    const ask = { use: signingIn(signIn), personId, userVerification: true, caller: visitor.caller }
    const used = await usePasskey(deps, ask, response)
    if (used.is === 'refused') return refused(passkeyProblem(used))
    const { person, method } = used
    const wanted = signIn === null ? organization : signIn.organization
    if (!(await isAllowed(person, wanted))) {
      return refused(refuseIdentity('PASSKEY_REFUSED', { eventCode: 'PASSKEY_NOT_ALLOWED' }))
    }
    return signIns.proved({ person, method, signIn, organization: wanted }, visitor)
  }

  async function limited(flow: string | null, { address }: Caller): Promise<Result<SignIn | null>> {
    const problem = await charge(deps.limits, [{ rule: BY_ADDRESS, key: address ?? 'unknown' }])
    if (problem !== null) return refused(problem)
    return flow === null ? done(null) : signIns.find(flow)
  }

  async function idsFor(email: string): Promise<readonly string[]> {
    const db = tablesOf(store)
    const person = await findPersonByEmail(db, email)
    const passkeys = await passkeysOf(db, person?.id ?? NOBODY)
    return withDecoys(
      deps.decoyKey.reveal(),
      email,
      passkeys.map(({ credentialId }) => credentialId),
    )
  }

  async function personOf({ personId, email }: SignIn): Promise<{ readonly id: string } | null> {
    return personId === null ? findPersonByEmail(tablesOf(store), email) : { id: personId }
  }

  async function isAllowed(person: Person, organization: string | null): Promise<boolean> {
    const found = await findOrganization(tablesOf(store), organization ?? person.organization)
    return (found?.policy ?? DEFAULT_POLICY).methods.includes('passkey')
  }

  return Object.freeze({ begin, finish })
}

function signingIn(signIn: SignIn | null): ChallengeUse {
  return { purpose: 'passkey.sign_in', subject: signIn?.id ?? NOBODY }
}
