import type { Person } from '../person/person.ts'
import { CHALLENGE_MS } from './challenge.ts'
import { ALGORITHMS, type Passkey, type PasskeyKind, type Transport } from './passkey.ts'
import type { RelyingParty } from './relying-party.ts'

type Descriptor = { readonly type: 'public-key'; readonly id: string; readonly transports?: Transport[] }

/** What a page gives to `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn Level 3, section 5.1.9). */
export type CreationOptions = {
  readonly rp: { readonly id: string; readonly name: string }
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
  readonly challenge: string
  readonly pubKeyCredParams: { readonly type: 'public-key'; readonly alg: number }[]
  readonly timeout: number
  readonly excludeCredentials: Descriptor[]
  readonly authenticatorSelection: {
    readonly residentKey: 'required' | 'preferred'
    readonly requireResidentKey: boolean
    readonly userVerification: 'required' | 'preferred'
  }
  readonly attestation: 'none' | 'direct'
  readonly extensions: { readonly credProps: true }
}

/** What a page gives to `PublicKeyCredential.parseRequestOptionsFromJSON` (section 5.1.10). */
export type RequestOptions = {
  readonly rpId: string
  readonly challenge: string
  readonly timeout: number
  readonly allowCredentials: Descriptor[]
  readonly userVerification: 'required' | 'preferred'
}

const PARAMETERS = ALGORITHMS.map((alg) => ({ type: 'public-key', alg }) as const)

/** Asks an authenticator for a new credential. One that somebody has already is not made again. */
export function creationOptions(about: {
  readonly relyingParty: RelyingParty
  readonly person: Pick<Person, 'email' | 'name'>
  readonly handle: string
  readonly kind: PasskeyKind
  readonly challenge: string
  readonly attestation: 'none' | 'direct'
  readonly has: readonly Passkey[]
}): CreationOptions {
  const { relyingParty, person, handle, challenge, attestation } = about
  const needs = about.kind === 'passkey' ? 'required' : 'preferred'
  return {
    rp: { id: relyingParty.id, name: relyingParty.name },
    user: { id: handle, name: person.email, displayName: person.name },
    challenge,
    pubKeyCredParams: [...PARAMETERS],
    timeout: CHALLENGE_MS,
    excludeCredentials: about.has.map(descriptorOf),
    authenticatorSelection: {
      residentKey: needs,
      requireResidentKey: needs === 'required',
      userVerification: needs,
    },
    attestation,
    extensions: { credProps: true },
  }
}

/** Asks for a signature of one of some credentials; of any that the browser knows where none is named. */
export function requestOptions(about: {
  readonly relyingParty: RelyingParty
  readonly challenge: string
  readonly allow: Descriptor[]
  readonly userVerification: 'required' | 'preferred'
}): RequestOptions {
  const { relyingParty, challenge, allow, userVerification } = about
  return { rpId: relyingParty.id, challenge, timeout: CHALLENGE_MS, allowCredentials: allow, userVerification }
}

/** How a credential is named to its owner, who has proved something already. */
export function descriptorOf({ credentialId, transports }: Passkey): Descriptor {
  return { type: 'public-key', id: credentialId, transports: [...transports] }
}
