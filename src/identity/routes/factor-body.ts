import { type Secret, Type } from '../../core/index.ts'
import { Nullable, Text, Time, withExample } from '../../http/index.ts'
import { PHONE_NUMBER } from '../../notices/index.ts'
import type { Offered } from '../factor/totp/enrol.ts'
import type { App } from '../factor/totp/store.ts'

/** What people type: a code of an app, of a message, or a backup code. */
export const CodeInput = Type.String({ minLength: 1, maxLength: 64, examples: ['492039'] })
export const AppNameInput = Text(1, 64, 'What you call it, such as the telephone it is on.')
export const PhoneInput = Type.String({
  pattern: PHONE_NUMBER,
  maxLength: 16,
  description: 'In the form of ITU-T E.164.',
  examples: ['+4930123456'],
})

export const AppBody = withExample(
  Type.Object({
    id: Type.String(),
    kind: Type.Literal('totp'),
    name: Type.String(),
    createdAt: Time,
    usedAt: Nullable(Time),
  }),
  {
    id: 'fac_1hq3v0c9kd5m7w2x8p4t6r1a',
    kind: 'totp',
    name: 'Pocket telephone',
    createdAt: '2026-01-15T09:29:00.000Z',
    usedAt: '2026-02-01T08:00:00.000Z',
  },
)

export function appBody({ id, name, createdAt, usedAt }: App) {
  return {
    id,
    kind: 'totp' as const,
    name,
    createdAt: new Date(createdAt).toISOString(),
    usedAt: usedAt === null ? null : new Date(usedAt).toISOString(),
  }
}

export const OfferBody = withExample(
  Type.Object({
    id: Type.String(),
    uri: Type.String({ description: 'What the QR code holds.' }),
    qr: Type.String({ description: 'The QR code as an SVG.' }),
    key: Type.String({ description: 'To be typed into the app: base 32 in groups of four.' }),
    expiresAt: Time,
  }),
  {
    id: 'fac_1hq3v0c9kd5m7w2x8p4t6r1a',
    uri: 'otpauth://totp/Example:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Example',
    qr: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 49 49"></svg>',
    key: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
    expiresAt: '2026-02-01T08:10:00.000Z',
  },
)

export function offerBody({ id, uri, qr, key, expiresAt }: Offered) {
  return {
    id,
    uri: uri.reveal(),
    qr: qr.reveal(),
    key: key.reveal(),
    expiresAt: new Date(expiresAt).toISOString(),
  }
}

/** What was sent where, or what an authenticator is asked: each kind says what it has to. */
export const BegunBody = withExample(
  Type.Object(
    {
      sentTo: Type.Optional(Type.String({ description: 'Where a code went, as its owner recognises it.' })),
      expiresAt: Type.Optional(Time),
    },
    { additionalProperties: true },
  ),
  { sentTo: '…56', expiresAt: '2026-02-01T08:05:00.000Z' },
)

/** Shown once, and only where new ones were made. */
export const BackupCodesBody = Type.Array(Type.String(), {
  description: 'Each works once in the place of your second factor. They are shown this once.',
  examples: [['7f3kq-0x9ap', 'w2x8p-4t6r1']],
})

export function backupCodesBody(codes: readonly Secret[] | null): string[] | null {
  return codes?.map((code) => code.reveal()) ?? null
}
