import type { SettingsService } from '@simplewebauthn/server'

type Server = typeof import('@simplewebauthn/server')
type Parts = typeof import('@simplewebauthn/server/helpers')

/** What verifies ceremonies. */
export type Library = Pick<Server, 'verifyRegistrationResponse' | 'verifyAuthenticationResponse'> &
  Pick<Parts, 'decodeAttestationObject' | 'decodeCredentialPublicKey' | 'isoCBOR'>

type Format = Parameters<typeof SettingsService.setRootCertificates>[0]['identifier']

// Paths of certificates are ours to judge (`certificates.ts`): with roots the library asks the addresses that a
// certificate names whether it was revoked, and certificates come from strangers.
const FORMATS: readonly Format[] = ['packed', 'tpm', 'apple', 'fido-u2f', 'android-key', 'android-safetynet']

let loading: Promise<Library> | null = null

/** Loads the library when somebody first uses a passkey: it is a fifth of all that would have to be read at a start. */
export function loadLibrary(): Promise<Library> {
  loading ??= load()
  return loading
}

async function load(): Promise<Library> {
  const [server, parts] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ])
  for (const identifier of FORMATS) server.SettingsService.setRootCertificates({ identifier, certificates: [] })
  return {
    verifyRegistrationResponse: server.verifyRegistrationResponse,
    verifyAuthenticationResponse: server.verifyAuthenticationResponse,
    decodeAttestationObject: parts.decodeAttestationObject,
    decodeCredentialPublicKey: parts.decodeCredentialPublicKey,
    isoCBOR: parts.isoCBOR,
  }
}
