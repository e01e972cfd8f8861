import { Type } from '../../core/index.ts'
import { Nullable, Text, Time, withExample } from '../../http/index.ts'
import type { Authenticators } from '../passkey/metadata/authenticators.ts'
import { PASSKEY_KINDS, type Passkey, TRANSPORTS } from '../passkey/passkey.ts'
import { MOST } from '../passkey/response.ts'
import { BackupCodesBody } from './factor-body.ts'

export const PASSKEY_EXAMPLE = {
  id: 'pky_1hq3v0c9kd5m7w2x8p4t6r1a',
  name: 'Ada’s laptop',
  kind: 'passkey' as const,
  authenticator: {
    aaguid: 'adce0002-35bc-c60a-648b-0b25f1f05503',
    name: 'Chrome on Mac',
    icon: null,
    attested: false,
  },
  transports: ['internal' as const],
  discoverable: true,
  synced: false,
  backedUp: false,
  suspendedAt: null,
  createdAt: '2026-01-15T09:30:00.000Z',
  usedAt: '2026-02-01T08:00:00.000Z',
}

export const PasskeyBody = withExample(
  Type.Object({
    id: Type.String(),
    name: Type.String(),
    kind: Type.Enum([...PASSKEY_KINDS]),
    authenticator: Type.Object(
      {
        aaguid: Type.String(),
        name: Nullable(Type.String()),
        icon: Nullable(Type.String({ description: 'A `data:` address of an image.' })),
        attested: Type.Boolean({ description: 'Whether metadata vouches for the model; otherwise it only says so.' }),
      },
      { description: 'The model that made it. Without metadata about it, name and icon are null.' },
    ),
    transports: Type.Array(Type.Enum([...TRANSPORTS])),
    discoverable: Nullable(Type.Boolean({ description: 'Whether it works without a user name.' })),
    synced: Type.Boolean({ description: 'Whether it may leave its device.' }),
    backedUp: Type.Boolean(),
    suspendedAt: Nullable(Time),
    createdAt: Time,
    usedAt: Nullable(Time),
  }),
  PASSKEY_EXAMPLE,
)

/** A passkey that was just added. */
export const AddedBody = withExample(Type.Object({ passkey: PasskeyBody, backupCodes: Nullable(BackupCodesBody) }), {
  passkey: PASSKEY_EXAMPLE,
  backupCodes: null,
})

export function passkeyBody(passkey: Passkey, authenticators: Authenticators) {
  const { id, name, kind, aaguid, attested, transports, discoverable, backupEligible, backedUp } = passkey
  const model = authenticators.get(aaguid)
  return {
    id,
    name,
    kind,
    authenticator: { aaguid, name: model?.name ?? null, icon: model?.icon ?? null, attested },
    transports: [...transports],
    discoverable,
    synced: backupEligible,
    backedUp,
    suspendedAt: timeOrNull(passkey.suspendedAt),
    createdAt: new Date(passkey.createdAt).toISOString(),
    usedAt: timeOrNull(passkey.usedAt),
  }
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

const Challenge = Type.String({ description: 'Works once, for five minutes.' })
const Descriptor = Type.Object({
  type: Type.Literal('public-key'),
  id: Type.String(),
  transports: Type.Optional(Type.Array(Type.String())),
})
const UserVerification = Type.Enum(['required', 'preferred'])

/** WebAuthn Level 3, section 5.1.9. */
export const CreationOptionsBody = withExample(
  Type.Object(
    {
      rp: Type.Object({ id: Type.String(), name: Type.String() }),
      user: Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
      challenge: Challenge,
      pubKeyCredParams: Type.Array(Type.Object({ type: Type.Literal('public-key'), alg: Type.Integer() })),
      timeout: Type.Integer(),
      excludeCredentials: Type.Array(Descriptor),
      authenticatorSelection: Type.Object({
        residentKey: Type.Enum(['required', 'preferred']),
        requireResidentKey: Type.Boolean(),
        userVerification: UserVerification,
      }),
      attestation: Type.Enum(['none', 'direct']),
      extensions: Type.Object({ credProps: Type.Boolean() }),
    },
    { description: 'Give it to `PublicKeyCredential.parseCreationOptionsFromJSON`.' },
  ),
  {
    rp: { id: 'auth.example.com', name: 'Example' },
    user: { id: 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE', name: 'ada@example.com', displayName: 'Ada Lovelace' },
    challenge: 'uT0XcR5qV9y7o1wK3bN8sD2fG6hJ4kL0zX1cV5bN7mQ',
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    timeout: 300_000,
    excludeCredentials: [],
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    extensions: { credProps: true },
  },
)

/** WebAuthn Level 3, section 5.1.10. */
export const RequestOptionsBody = withExample(
  Type.Object(
    {
      rpId: Type.String(),
      challenge: Challenge,
      timeout: Type.Integer(),
      allowCredentials: Type.Array(Descriptor, {
        description: 'Empty where the browser is to offer those it has. Before a proof, some of them are nobody’s.',
      }),
      userVerification: UserVerification,
    },
    { description: 'Give it to `PublicKeyCredential.parseRequestOptionsFromJSON`.' },
  ),
  {
    rpId: 'auth.example.com',
    challenge: 'uT0XcR5qV9y7o1wK3bN8sD2fG6hJ4kL0zX1cV5bN7mQ',
    timeout: 300_000,
    allowCredentials: [],
    userVerification: 'required',
  },
)

const Part = (maxLength: number) => Type.String({ minLength: 1, maxLength, description: 'Base64url.' })

// Browsers add members to what they answer as the standard grows; what is not named here is not looked at.
const answerOf = <T extends Parameters<typeof Type.Object>[0]>(response: T) =>
  Type.Object(
    {
      id: Part(MOST.id),
      rawId: Type.Optional(Part(MOST.id)),
      type: Type.Literal('public-key'),
      response: Type.Object(response, { additionalProperties: true }),
      clientExtensionResults: Type.Optional(Type.Unknown()),
    },
    { additionalProperties: true, description: 'What `toJSON()` of the credential gives.' },
  )

const CLIENT_DATA = 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoi4oCmIn0'
const CREDENTIAL = { id: 'q1w2e3r4t5y6u7i8', rawId: 'q1w2e3r4t5y6u7i8', type: 'public-key' } as const

export const REGISTRATION_EXAMPLE = {
  ...CREDENTIAL,
  response: { clientDataJSON: CLIENT_DATA, attestationObject: 'o2NmbXRkbm9uZQ', transports: ['internal'] },
}

export const RegistrationInput = answerOf({
  clientDataJSON: Part(MOST.clientDataJSON),
  attestationObject: Part(MOST.attestationObject),
  transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
})

export const ASSERTION_EXAMPLE = {
  ...CREDENTIAL,
  response: {
    clientDataJSON: CLIENT_DATA,
    authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2M',
    signature: 'MEUCIQ',
  },
}

export const AssertionInput = answerOf({
  clientDataJSON: Part(MOST.clientDataJSON),
  authenticatorData: Part(MOST.authenticatorData),
  signature: Part(MOST.signature),
  userHandle: Type.Optional(Nullable(Part(MOST.userHandle))),
})

export const PasskeyName = Text(1, 100, 'How its owner knows it apart.')
export const KindInput = Type.Enum([...PASSKEY_KINDS], {
  description:
    '`passkey` works without a user name and password, and asks for a PIN or a finger; `security_key` is a second factor.',
})
