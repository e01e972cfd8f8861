import { clientDataFault, readClientData } from './client-data.ts'
import { loadLibrary } from './library.ts'
import type { Passkey } from './passkey.ts'
import type { RelyingParty } from './relying-party.ts'
import type { AssertionAnswer } from './response.ts'

/** What a right signature says. The counter was not compared with anything. */
export type Assertion = {
  readonly counter: number
  readonly userVerified: boolean
  readonly backedUp: boolean
}

export type Asserted =
  | { readonly is: 'verified'; readonly assertion: Assertion }
  | { readonly is: 'refused'; readonly reason: string }

export type AssertionWanted = {
  readonly challenge: string
  readonly relyingParty: Pick<RelyingParty, 'id' | 'origins'>
  readonly userVerification: boolean
  readonly passkey: Pick<Passkey, 'credentialId' | 'publicKey' | 'backupEligible'>
}

/** Verifies that an authenticator signed our challenge: WebAuthn Level 3, section 7.2, but for the counter. */
export async function verifyAssertion(answer: AssertionAnswer, wanted: AssertionWanted): Promise<Asserted> {
  const data = readClientData(answer.clientDataJSON)
  if (data === null) return refused('its client data cannot be read')
  const fault = clientDataFault(data, { type: 'webauthn.get', origins: wanted.relyingParty.origins })
  if (fault !== null) return refused(fault)
  if (answer.id !== wanted.passkey.credentialId) return refused('it names another credential')
  try {
    return await verify(answer, wanted)
  } catch (error) {
    // Whatever the library throws it throws about the answer.
    return refused(error instanceof Error ? error.message : 'unknown')
  }
}

async function verify(answer: AssertionAnswer, wanted: AssertionWanted): Promise<Asserted> {
  const { verifyAuthenticationResponse } = await loadLibrary()
  const { relyingParty, passkey } = wanted
  const { id, clientDataJSON, authenticatorData, signature } = answer
  const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
    response: {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON, authenticatorData, signature },
    },
    expectedChallenge: wanted.challenge,
    expectedOrigin: [...relyingParty.origins],
    expectedRPID: relyingParty.id,
    requireUserVerification: wanted.userVerification,
    // With the counter that was seen, the library would judge it before the signature: a stranger could suspend a
    // passkey by naming it. It is judged where it is written.
    credential: { id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
  })
  if (!verified) return refused('its signature is not right')
  const backupEligible = info.credentialDeviceType === 'multiDevice'
  // Section 7.2, step 20: whether a credential may be copied is said once and for all.
  if (backupEligible !== passkey.backupEligible) return refused('it became another kind of credential')
  return {
    is: 'verified',
    assertion: { counter: info.newCounter, userVerified: info.userVerified, backedUp: info.credentialBackedUp },
  }
}

function refused(reason: string): Asserted {
  return { is: 'refused', reason }
}
