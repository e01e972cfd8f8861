import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { MadeCertificate } from './certificates.ts'

/** What it is asked, as a server answers it. */
type Creation = {
  readonly challenge: string
  readonly rp: { readonly id: string }
  readonly user: { readonly id: string }
}
type Request = { readonly challenge: string; readonly rpId: string }

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

export type SoftOptions = {
  /** The origin of the page that asks. */
  readonly origin: string
  readonly algorithm?: Algorithm
  /** Whether it asks its owner for a PIN or a finger. */
  readonly verifies?: boolean
  readonly backupEligible?: boolean
  readonly backedUp?: boolean
  readonly aaguid?: string
  /** Whether it counts its signatures; synced passkeys do not. */
  readonly counts?: boolean
  /** Signs the attestation of new credentials (`packed`); none is given without. */
  readonly attestation?: { readonly leaf: MadeCertificate; readonly others?: readonly MadeCertificate[] }
}

/** What one answer says otherwise than it should. */
export type Alteration = {
  readonly type?: string
  readonly challenge?: string
  readonly origin?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly rpId?: string
  readonly counter?: number
  /** Of the authenticator data (WebAuthn Level 3, section 6.1). */
  readonly flags?: (flags: number) => number
  readonly id?: string
  readonly userHandle?: string | null
  readonly signature?: (signature: Buffer) => Buffer
  readonly format?: string
  /** A COSE_Key instead of its own. */
  readonly publicKey?: Buffer
}

/** An authenticator in software with one credential, which can be copied and made to lie. */
export type SoftAuthenticator = {
  /** Makes its credential. @returns what `toJSON()` of it gives in a browser */
  readonly create: (options: Creation, alter?: Alteration) => RegistrationJson
  readonly get: (options: Request, alter?: Alteration) => AssertionJson
  /** Another one with the same credential and counter. */
  readonly copy: () => SoftAuthenticator
  readonly credentialId: () => string
  readonly counter: () => number
}

export type RegistrationJson = ReturnType<typeof registrationJson>
export type AssertionJson = ReturnType<typeof assertionJson>

const FLAGS = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10, attested: 0x40 } as const
const ZEROS = '00000000-0000-0000-0000-000000000000'

/** It answers for nobody that a server knows until it made a credential there. */
type State = {
  readonly id: Buffer
  readonly key: KeyObject
  readonly cose: Buffer
  counter: number
  userHandle: string
}

export function openAuthenticator(options: SoftOptions): SoftAuthenticator {
  return authenticatorWith(options, newState(options.algorithm ?? 'ES256'))
}

function authenticatorWith(options: SoftOptions, state: State): SoftAuthenticator {
  const { counts = true, algorithm = 'ES256' } = options

  const create: SoftAuthenticator['create'] = (asked, alter = {}) => {
    state.userHandle = asked.user.id
    const clientData = clientDataOf('webauthn.create', asked.challenge, options, alter)
    const flags = flagsOf(options) | FLAGS.attested
    const attested = Buffer.concat([
      Buffer.from((options.aaguid ?? ZEROS).replaceAll('-', ''), 'hex'),
      uint16(state.id.length),
      state.id,
      alter.publicKey ?? state.cose,
    ])
    const authData = authDataOf({ rpId: asked.rp.id, flags, counter: state.counter, alter, attested })
    const object = attestationOf(authData, clientData, options, alter)
    return registrationJson(alter.id ?? state.id.toString('base64url'), clientData, object)
  }

  const get: SoftAuthenticator['get'] = (asked, alter = {}) => {
    if (counts) state.counter++
    const clientData = clientDataOf('webauthn.get', asked.challenge, options, alter)
    const authData = authDataOf({ rpId: asked.rpId, flags: flagsOf(options), counter: state.counter, alter })
    const signed = signWith(algorithm, state.key, Buffer.concat([authData, sha256(clientData)]))
    const signature = alter.signature === undefined ? signed : alter.signature(signed)
    const userHandle = alter.userHandle === undefined ? state.userHandle : alter.userHandle
    const id = alter.id ?? state.id.toString('base64url')
    return assertionJson(id, { clientData, authData, signature, userHandle })
  }

  return Object.freeze({
    create,
    get,
    copy: () => authenticatorWith(options, { ...state }),
    credentialId: () => state.id.toString('base64url'),
    counter: () => state.counter,
  } satisfies SoftAuthenticator)
}

function newState(algorithm: Algorithm): State {
  const made = PAIRS[algorithm]()
  return {
    id: randomBytes(32),
    key: made.privateKey,
    cose: coseOf(algorithm, made.publicKey),
    counter: 0,
    userHandle: randomBytes(32).toString('base64url'),
  }
}

const PAIRS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const satisfies Record<Algorithm, () => { publicKey: KeyObject; privateKey: KeyObject }>

/** A public key as a COSE_Key (RFC 9052, section 7; RFC 8230, section 4). */
export function coseOf(algorithm: Algorithm, key: KeyObject): Buffer {
  const { x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' })
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  const entries: Record<Algorithm, readonly (readonly [number, Item])[]> = {
    ES256: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ],
    EdDSA: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ],
    RS256: [
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ],
  }
  return cbor(new Map<number, Item>(entries[algorithm]))
}

function signWith(algorithm: Algorithm, key: KeyObject, data: Buffer): Buffer {
  return sign(algorithm === 'EdDSA' ? null : 'sha256', data, key)
}

function clientDataOf(type: string, challenge: string, options: SoftOptions, alter: Alteration): Buffer {
  const { crossOrigin = false, topOrigin } = alter
  return Buffer.from(
    JSON.stringify({
      type: alter.type ?? type,
      challenge: alter.challenge ?? challenge,
      origin: alter.origin ?? options.origin,
      crossOrigin,
      ...(topOrigin === undefined ? {} : { topOrigin }),
    }),
  )
}

function flagsOf({ verifies = true, backupEligible = false, backedUp = false }: SoftOptions): number {
  return (
    FLAGS.present |
    (verifies ? FLAGS.verified : 0) |
    (backupEligible ? FLAGS.eligible : 0) |
    (backedUp ? FLAGS.backedUp : 0)
  )
}

function authDataOf(said: {
  rpId: string
  flags: number
  counter: number
  alter: Alteration
  attested?: Buffer
}): Buffer {
  const { alter, attested = Buffer.alloc(0) } = said
  const flags = alter.flags === undefined ? said.flags : alter.flags(said.flags)
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(alter.counter ?? said.counter)
  return Buffer.concat([sha256(Buffer.from(alter.rpId ?? said.rpId)), Buffer.from([flags]), counter, attested])
}

function attestationOf(
  authData: Buffer,
  clientData: Buffer,
  { attestation }: SoftOptions,
  { format }: Alteration,
): Buffer {
  const statement = new Map<string, Item>()
  if (attestation !== undefined) {
    statement.set('alg', -7)
    statement.set('sig', sign('sha256', Buffer.concat([authData, sha256(clientData)]), attestation.leaf.key))
    statement.set(
      'x5c',
      [attestation.leaf, ...(attestation.others ?? [])].map(({ der }) => der),
    )
  }
  const fmt = format ?? (attestation === undefined ? 'none' : 'packed')
  return cbor(
    new Map<string, Item>([
      ['fmt', fmt],
      ['attStmt', statement],
      ['authData', authData],
    ]),
  )
}

function registrationJson(id: string, clientData: Buffer, attestationObject: Buffer) {
  return {
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: { credProps: { rk: true } },
    response: {
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal'],
    },
  }
}

function assertionJson(
  id: string,
  parts: { clientData: Buffer; authData: Buffer; signature: Buffer; userHandle: string | null },
) {
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: parts.clientData.toString('base64url'),
      authenticatorData: parts.authData.toString('base64url'),
      signature: parts.signature.toString('base64url'),
      ...(parts.userHandle === null ? {} : { userHandle: parts.userHandle }),
    },
  }
}

type Item = number | string | Buffer | readonly Item[] | ReadonlyMap<number | string, Item>

/** CBOR of what authenticators send (RFC 8949, section 3). */
function cbor(item: Item): Buffer {
  if (typeof item === 'number') return item < 0 ? head(1, -1 - item) : head(0, item)
  if (typeof item === 'string') return Buffer.concat([head(3, Buffer.byteLength(item)), Buffer.from(item)])
  if (Buffer.isBuffer(item)) return Buffer.concat([head(2, item.length), item])
  if (item instanceof Map) {
    return Buffer.concat([head(5, item.size), ...[...item].flatMap(([key, value]) => [cbor(key), cbor(value)])])
  }
  const items = item as readonly Item[]
  return Buffer.concat([head(4, items.length), ...items.map(cbor)])
}

function head(major: number, value: number): Buffer {
  const type = major << 5
  if (value < 24) return Buffer.from([type | value])
  return value < 0x100 ? Buffer.from([type | 24, value]) : Buffer.concat([Buffer.from([type | 25]), uint16(value)])
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
