import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { clientDataFault, readClientData } from './client-data.ts'
import { type Library, loadLibrary } from './library.ts'
import { ALGORITHMS } from './passkey.ts'
import { isSound } from './public-key.ts'
import type { RelyingParty } from './relying-party.ts'
import type { RegistrationAnswer } from './response.ts'

/** What an authenticator made, verified. */
export type NewCredential = {
  readonly credentialId: string
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly aaguid: string
  readonly userVerified: boolean
  readonly backupEligible: boolean
  readonly backedUp: boolean
  /** The form of the attestation that was verified. */
  readonly format: string
  /** The certificates that signed it, leaf first, in DER; whether they lead anywhere is not looked at here. */
  readonly certificates: readonly Uint8Array[]
}

export type Registered =
  | { readonly is: 'verified'; readonly credential: NewCredential }
  | { readonly is: 'refused'; readonly reason: string }

export type RegistrationWanted = {
  readonly challenge: string
  readonly relyingParty: Pick<RelyingParty, 'id' | 'origins'>
  readonly userVerification: boolean
  readonly attestation: 'none' | 'direct'
  /** COSE algorithms; those of `ALGORITHMS` unless told. */
  readonly algorithms?: readonly number[]
}

/**
 * The attestations that are verified. What else comes is taken for none: of Android's, whoever registers chooses the
 * root, and with it an address that would be asked from here.
 */
const VERIFIED_FORMATS: ReadonlySet<string> = new Set(['packed', 'tpm', 'apple', 'fido-u2f'])

/** Verifies a registration: WebAuthn Level 3, section 7.1. */
export async function verifyRegistration(answer: RegistrationAnswer, wanted: RegistrationWanted): Promise<Registered> {
  const data = readClientData(answer.clientDataJSON)
  if (data === null) return refused('its client data cannot be read')
  const fault = clientDataFault(data, { type: 'webauthn.create', origins: wanted.relyingParty.origins })
  if (fault !== null) return refused(fault)
  const library = await loadLibrary()
  try {
    return await verify(library, answer, wanted)
  } catch (error) {
    // Whatever the library throws it throws about the answer.
    return refused(error instanceof Error ? error.message : 'unknown')
  }
}

async function verify(library: Library, answer: RegistrationAnswer, wanted: RegistrationWanted): Promise<Registered> {
  const { attestationObject, certificates } = statementOf(library, answer, wanted)
  const { relyingParty, algorithms = ALGORITHMS } = wanted
  const { verified, registrationInfo: info } = await library.verifyRegistrationResponse({
    response: responseOf(answer, attestationObject),
    expectedChallenge: wanted.challenge,
    expectedOrigin: [...relyingParty.origins],
    expectedRPID: relyingParty.id,
    requireUserVerification: wanted.userVerification,
    supportedAlgorithmIDs: [...algorithms],
  })
  if (!verified || info === undefined) return refused('its attestation is not right')
  const { credential } = info
  if (credential.id !== answer.id) return refused('it names another credential')
  const isKnown = algorithms === ALGORITHMS
  if (isKnown && !isSound(library.decodeCredentialPublicKey(credential.publicKey)))
    return refused('its key is not sound')
  return {
    is: 'verified',
    credential: {
      credentialId: credential.id,
      publicKey: credential.publicKey,
      counter: credential.counter,
      aaguid: info.aaguid,
      userVerified: info.userVerified,
      backupEligible: info.credentialDeviceType === 'multiDevice',
      backedUp: info.credentialBackedUp,
      format: info.fmt,
      certificates,
    },
  }
}

type Encodable = Parameters<Library['isoCBOR']['encode']>[0]

/** The attestation as it is to be verified: what nobody asked for, or nobody can judge, is left away. */
function statementOf(library: Library, answer: RegistrationAnswer, { attestation }: RegistrationWanted) {
  const decoded = library.decodeAttestationObject(bytesOf(answer.attestationObject))
  if (attestation === 'direct' && VERIFIED_FORMATS.has(decoded.get('fmt'))) {
    const x5c: unknown = decoded.get('attStmt').get('x5c')
    const certificates = Array.isArray(x5c) ? x5c.filter((it) => it instanceof Uint8Array) : []
    return { attestationObject: answer.attestationObject, certificates }
  }
  const bare: Encodable = new Map<string, Encodable>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', decoded.get('authData')],
  ])
  const encoded = library.isoCBOR.encode(bare)
  return { attestationObject: Buffer.from(encoded).toString('base64url'), certificates: [] }
}

function responseOf({ id, clientDataJSON }: RegistrationAnswer, attestationObject: string): RegistrationResponseJSON {
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject },
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'base64url'))
}

function refused(reason: string): Registered {
  return { is: 'refused', reason }
}
