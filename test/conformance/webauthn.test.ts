import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  leadsTo,
  type NewCredential,
  readAssertion,
  readCertificates,
  readClientData,
  readRegistration,
  verifyAssertion,
  verifyRegistration,
} from '../../src/identity/testing.ts'

/** Parts in hexadecimal. */
type Parts = Readonly<Record<string, string>>
type Vector = {
  readonly id: string
  readonly name: string
  readonly registration: Parts
  readonly authentication: Parts
}
type File = { readonly rp_id: string; readonly origin: string; readonly vectors: readonly Vector[] }

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const file = join(root, 'webauthn/w3c-spec-vectors.json')
const given: File = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { rp_id: '', origin: '', vectors: [] }
const vectors = given.vectors.filter(({ registration }) => registration !== undefined)
const rootCertificate = given.vectors.flatMap((it) => Object.entries((it as { data?: Parts }).data ?? {}))

const relyingParty = { id: given.rp_id, origins: [given.origin] }
/** ES256, EdDSA, RS256, and what the vectors have besides. */
const ALL = [-7, -8, -257, -35, -36, -53]
/** Formats whose statement is verified; of the others it is left away. */
const VERIFIED = /^sctn-test-vectors-(packed|apple)/
/**
 * Statements of models that do not exist: the TPM is of no vendor that the TCG knows, the U2F key has the AAGUID of another
 * kind. They are refused where a model has to be proved, and the credentials are as good as any.
 */
const NO_MODEL = /^sctn-test-vectors-(tpm|fido-u2f)/

const base64url = (hex: string | undefined) => Buffer.from(hex ?? '', 'hex').toString('base64url')
const isFramed = ({ id }: Vector) => /(cross|top)Origin/.test(id)
const isForeign = ({ id }: Vector) => /es384|es512|ed448/.test(id)

function registrationOf({ registration: { credential_id, clientDataJSON, attestationObject } }: Vector) {
  const id = base64url(credential_id)
  const response = { clientDataJSON: base64url(clientDataJSON), attestationObject: base64url(attestationObject) }
  return { id, rawId: id, type: 'public-key', response }
}

function assertionOf({ registration, authentication }: Vector) {
  const id = base64url(registration.credential_id)
  const { clientDataJSON, authenticatorData, signature } = authentication
  const response = {
    clientDataJSON: base64url(clientDataJSON),
    authenticatorData: base64url(authenticatorData),
    signature: base64url(signature),
  }
  return { id, rawId: id, type: 'public-key', response }
}

type Registration = ReturnType<typeof registrationOf>
type Assertion = ReturnType<typeof assertionOf>

async function register(
  vector: Vector,
  answer: Registration,
  more: { algorithms?: readonly number[]; uv?: boolean; attestation?: 'direct' } = {},
) {
  const read = readRegistration(answer)
  if (read === null) return { is: 'refused', reason: 'unreadable' } as const
  return verifyRegistration(read, {
    challenge: base64url(vector.registration.challenge),
    relyingParty,
    userVerification: more.uv ?? false,
    attestation: more.attestation ?? (NO_MODEL.test(vector.id) ? 'none' : 'direct'),
    ...(more.algorithms === undefined ? {} : { algorithms: more.algorithms }),
  })
}

async function prove(vector: Vector, answer: Assertion, credential: NewCredential) {
  const read = readAssertion(answer)
  if (read === null) return { is: 'refused', reason: 'unreadable' } as const
  return verifyAssertion(read, {
    challenge: base64url(vector.authentication.challenge),
    relyingParty,
    userVerification: false,
    passkey: credential,
  })
}

async function registered(vector: Vector, algorithms?: readonly number[]): Promise<NewCredential> {
  const outcome = await register(vector, registrationOf(vector), algorithms === undefined ? {} : { algorithms })
  if (outcome.is === 'refused') throw new Error(`${vector.id}: ${outcome.reason}`)
  return outcome.credential
}

describe.skipIf(!existsSync(file))('the test vectors of WebAuthn Level 3, section 16', () => {
  const ours = vectors.filter((vector) => !isFramed(vector) && !isForeign(vector))

  it('are all here', () => {
    expect(vectors.length).toBe(15)
    expect(ours.length).toBe(10)
  })

  it.each(ours)('$name: registers, and signs in', async (vector) => {
    const credential = await registered(vector)
    expect(credential).toMatchObject({ credentialId: base64url(vector.registration.credential_id), counter: 0 })
    expect(await prove(vector, assertionOf(vector), credential)).toMatchObject({ is: 'verified' })
  })

  it.each(vectors.filter(isFramed))('$name: is refused, since no page of others may frame ours', async (vector) => {
    const framed = { is: 'refused', reason: 'made in a frame of another site' }
    expect(await register(vector, registrationOf(vector))).toEqual(framed)
    const { credential_id: id } = vector.registration
    const nobody = { credentialId: base64url(id), publicKey: new Uint8Array(), backupEligible: false }
    expect(await prove(vector, assertionOf(vector), nobody as NewCredential)).toEqual(framed)
  })

  it.each(vectors.filter(isForeign))('$name: is refused, since its algorithm was not offered', async (vector) => {
    expect(await register(vector, registrationOf(vector))).toMatchObject({
      is: 'refused',
      reason: expect.stringContaining('public key alg'),
    })
  })

  it.each(vectors.filter(({ id }) => /es384|es512/.test(id)))('$name: holds where it is offered', async (vector) => {
    const credential = await registered(vector, ALL)
    expect(await prove(vector, assertionOf(vector), credential)).toMatchObject({ is: 'verified' })
  })

  it.each(ours.filter(({ id }) => VERIFIED.test(id)))(
    '$name: what signed it leads to its root alone',
    async (vector) => {
      const anchor = new X509Certificate(
        Buffer.from(rootCertificate.find(([name]) => name === 'attestation_ca_cert')?.[1] ?? '', 'hex'),
      )
      const { certificates, format } = await registered(vector)
      const chain = readCertificates(certificates) ?? []
      expect(format).toBe(vector.id.includes('apple') ? 'apple' : 'packed')
      const isSelf = vector.id.includes('self')
      expect(chain.length > 0).toBe(!isSelf)
      expect(leadsTo([anchor], chain, Date.parse('2026-01-01'))).toBe(!isSelf)
      expect(leadsTo([anchor], chain, Date.parse('2020-01-01'))).toBe(false)
      expect(leadsTo([], chain, Date.parse('2026-01-01'))).toBe(false)
    },
  )

  it.each(vectors.filter(({ id }) => NO_MODEL.test(id)))(
    '$name: is refused where a model has to be proved',
    async (vector) => {
      const outcome = await register(vector, registrationOf(vector), { attestation: 'direct' })
      expect(outcome).toMatchObject({ is: 'refused', reason: expect.stringMatching(/TPM manufacturer|AAGUID/) })
    },
  )

  it.each(vectors.filter(({ id }) => /android/.test(id)))('$name: counts as not attested', async (vector) => {
    expect(await registered(vector)).toMatchObject({ format: 'none', certificates: [] })
  })

  /** What a registration must not be: section 7.1. */
  const REGISTRATIONS: readonly (readonly [string, (answer: Registration) => Registration])[] = [
    ['without its id', (it) => ({ ...it, id: '', rawId: '' })],
    ['with two ids', (it) => ({ ...it, rawId: Buffer.from('another').toString('base64url') })],
    ['with the id of another', (it) => ({ ...it, id: 'AAAA', rawId: 'AAAA' })],
    ['of another type of credential', (it) => ({ ...it, type: 'password' })],
    ['of another ceremony', said({ type: 'webauthn.get' })],
    ['with another challenge', said({ challenge: 'AAAAAAAAAAAAAAAAAAAAAA' })],
    ['with the challenge cut', changed((data) => ({ ...data, challenge: String(data.challenge).slice(0, -2) }))],
    ['of another origin', said({ origin: 'https://example.org.evil.example' })],
    ['of its origin without TLS', said({ origin: 'http://example.org' })],
    ['of its origin at another port', said({ origin: 'https://example.org:8443' })],
    ['of a domain below', said({ origin: 'https://login.example.org' })],
    ['in a frame', said({ crossOrigin: true })],
    ['under another page', said({ topOrigin: 'https://example.com' })],
    ['with no client data', (it) => ({ ...it, response: { ...it.response, clientDataJSON: 'e30' } })],
    ['with half its client data', part('clientDataJSON', (bytes) => bytes.subarray(0, 20))],
    ['with half its attestation', part('attestationObject', (bytes) => bytes.subarray(0, bytes.length / 2))],
    ['for another relying party', authData((bytes, at) => flip(bytes, at))],
    ['by nobody present', authData((bytes, at) => set(bytes, at + 32, (flags) => flags & ~0x01))],
    ['backed up but not eligible', authData((bytes, at) => set(bytes, at + 32, (flags) => (flags & ~0x08) | 0x10))],
    ['without a credential', authData((bytes, at) => set(bytes, at + 32, (flags) => flags & ~0x40))],
    ['with extensions that are not there', authData((bytes, at) => set(bytes, at + 32, (flags) => flags | 0x80))],
    ['in another alphabet', (it) => ({ ...it, id: `${it.id}=`, rawId: `${it.id}=` })],
  ]

  it.each(REGISTRATIONS)('a registration %s is refused, whichever it is', async (_, mutate) => {
    for (const vector of ours)
      expect(await register(vector, mutate(registrationOf(vector))), vector.id).toMatchObject({ is: 'refused' })
  })

  /** What an assertion must not be: section 7.2. */
  const ASSERTIONS: readonly (readonly [string, (answer: Assertion) => Assertion])[] = [
    ['of another credential', (it) => ({ ...it, id: 'AAAA', rawId: 'AAAA' })],
    ['of another type of credential', (it) => ({ ...it, type: 'password' })],
    ['of another ceremony', said({ type: 'webauthn.create' })],
    ['with another challenge', said({ challenge: 'AAAAAAAAAAAAAAAAAAAAAA' })],
    ['of another origin', said({ origin: 'https://evil.example' })],
    ['in a frame', said({ crossOrigin: true })],
    ['under another page', said({ topOrigin: 'https://example.com' })],
    ['with another signature', part('signature', (bytes) => flip(bytes, bytes.length - 1))],
    ['with half its signature', part('signature', (bytes) => bytes.subarray(0, bytes.length / 2))],
    ['with an empty signature', (it) => ({ ...it, response: { ...it.response, signature: '' } })],
    ['for another relying party', part('authenticatorData', (bytes) => flip(bytes, 0))],
    ['by nobody present', part('authenticatorData', (bytes) => set(bytes, 32, (flags) => flags & ~0x01))],
    ['by who says to be verified', part('authenticatorData', (bytes) => set(bytes, 32, (flags) => flags ^ 0x04))],
    ['with another backup state', part('authenticatorData', (bytes) => set(bytes, 32, (flags) => flags ^ 0x18))],
    ['with another counter', part('authenticatorData', (bytes) => flip(bytes, 36))],
    ['with more than it signed', part('authenticatorData', (bytes) => Buffer.concat([bytes, Buffer.from([0])]))],
    ['with less than it signed', part('authenticatorData', (bytes) => bytes.subarray(0, 36))],
    ['with other words that say the same', part('clientDataJSON', (bytes) => Buffer.concat([bytes, Buffer.from(' ')]))],
  ]

  it.each(ASSERTIONS)('an assertion %s is refused, whichever it is', async (_, mutate) => {
    for (const vector of ours) {
      const credential = await registered(vector)
      expect(await prove(vector, mutate(assertionOf(vector)), credential), vector.id).toMatchObject({ is: 'refused' })
    }
  })

  it('nobody signs in with the key of another', async () => {
    for (const [i, vector] of ours.entries()) {
      const other = await registered(ours[(i + 1) % ours.length] as Vector)
      const { credentialId } = await registered(vector)
      const mixed = { ...other, credentialId }
      expect(await prove(vector, assertionOf(vector), mixed), vector.id).toMatchObject({ is: 'refused' })
    }
  })

  it('whoever was not verified is refused where that is required', async () => {
    const unverified = vectors.filter(({ id }) => /none-es256$|fido-u2f/.test(id))
    expect(unverified.length).toBe(2)
    for (const vector of unverified) {
      expect(await register(vector, registrationOf(vector), { uv: true })).toMatchObject({
        is: 'refused',
        reason: 'User verification was required, but user could not be verified',
      })
    }
  })
})

type Client = Record<string, unknown>

function said<T extends Registration | Assertion>(more: Client): (answer: T) => T {
  return changed((data) => ({ ...data, ...more }))
}

function changed<T extends Registration | Assertion>(change: (data: Client) => Client): (answer: T) => T {
  return (answer) => {
    const data = readClientData(answer.response.clientDataJSON)
    if (data === null) throw new Error('the vector has no client data')
    const before = JSON.parse(Buffer.from(answer.response.clientDataJSON, 'base64url').toString())
    const clientDataJSON = Buffer.from(JSON.stringify(change(before))).toString('base64url')
    return { ...answer, response: { ...answer.response, clientDataJSON } }
  }
}

function part<T extends Registration | Assertion>(
  name: keyof T['response'] & string,
  change: (bytes: Buffer) => Buffer,
): (answer: T) => T {
  return (answer) => {
    const before = Buffer.from((answer.response as Record<string, string>)[name] ?? '', 'base64url')
    return { ...answer, response: { ...answer.response, [name]: change(before).toString('base64url') } }
  }
}

/** Changes the authenticator data inside an attestation; `at` is where it begins. */
function authData(change: (bytes: Buffer, at: number) => Buffer): (answer: Registration) => Registration {
  return part('attestationObject', (bytes) => {
    const name = bytes.indexOf('authData') + 'authData'.length
    return change(bytes, name + (bytes[name] === 0x58 ? 2 : 3))
  })
}

function flip(bytes: Buffer, at: number): Buffer {
  return set(bytes, at, (byte) => byte ^ 0x01)
}

function set(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = change(copy[at] ?? 0)
  return copy
}
