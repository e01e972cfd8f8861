import { TRANSPORTS, type Transport } from './passkey.ts'

/** What an authenticator answered to `navigator.credentials.get`; texts are base64url. */
export type AssertionAnswer = {
  readonly id: string
  readonly clientDataJSON: string
  readonly authenticatorData: string
  readonly signature: string
  readonly userHandle: string | null
}

/** What an authenticator answered to `navigator.credentials.create`. */
export type RegistrationAnswer = {
  readonly id: string
  readonly clientDataJSON: string
  readonly attestationObject: string
  readonly transports: readonly Transport[]
  readonly discoverable: boolean | null
}

/** The most characters of each part. A credential id has 1023 bytes at the most (WebAuthn Level 3, section 4). */
export const MOST = {
  id: 1364,
  clientDataJSON: 8192,
  authenticatorData: 4096,
  signature: 2048,
  userHandle: 88,
  attestationObject: 65_536,
} as const

type Members = Readonly<Record<string, unknown>>

/** Reads an assertion in the form of `PublicKeyCredential.toJSON()`; null when it is none. */
export function readAssertion(given: unknown): AssertionAnswer | null {
  const credential = readCredential(given)
  if (credential === null) return null
  const { id, response } = credential
  const clientDataJSON = base64url(response.clientDataJSON, MOST.clientDataJSON)
  const authenticatorData = base64url(response.authenticatorData, MOST.authenticatorData)
  const signature = base64url(response.signature, MOST.signature)
  const absent = response.userHandle === undefined || response.userHandle === null
  const userHandle = absent ? null : base64url(response.userHandle, MOST.userHandle)
  if (clientDataJSON === null || authenticatorData === null || signature === null) return null
  return !absent && userHandle === null ? null : { id, clientDataJSON, authenticatorData, signature, userHandle }
}

/** Reads a registration in the form of `PublicKeyCredential.toJSON()`; null when it is none. */
export function readRegistration(given: unknown): RegistrationAnswer | null {
  const credential = readCredential(given)
  if (credential === null) return null
  const { id, response, results } = credential
  const clientDataJSON = base64url(response.clientDataJSON, MOST.clientDataJSON)
  const attestationObject = base64url(response.attestationObject, MOST.attestationObject)
  if (clientDataJSON === null || attestationObject === null) return null
  const said = Array.isArray(response.transports) ? response.transports : []
  const { rk } = membersOf(results.credProps) ?? {}
  return {
    id,
    clientDataJSON,
    attestationObject,
    transports: TRANSPORTS.filter((transport) => said.includes(transport)),
    discoverable: typeof rk === 'boolean' ? rk : null,
  }
}

function readCredential(given: unknown): { id: string; response: Members; results: Members } | null {
  const members = membersOf(given)
  const response = membersOf(members?.response)
  if (members === null || response === null || members.type !== 'public-key') return null
  const id = base64url(members.id, MOST.id)
  const same = members.rawId === undefined || members.rawId === id
  return id === null || !same ? null : { id, response, results: membersOf(members.clientExtensionResults) ?? {} }
}

function membersOf(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null
}

// One text for the same bytes: a credential id is compared as text.
function base64url(value: unknown, most: number): string | null {
  if (typeof value !== 'string' || value === '' || value.length > most) return null
  return Buffer.from(value, 'base64url').toString('base64url') === value ? value : null
}
