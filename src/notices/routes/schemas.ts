import Type from 'typebox'
import { Nullable } from '../../http/index.ts'
import { MAIL_STATUSES } from '../mail.ts'

export function oneOf<const T extends string>(words: readonly T[]) {
  return Type.Unsafe<T>({ type: 'string', enum: [...words] })
}

export const MailBody = Type.Object(
  {
    id: Type.String(),
    to: Type.String(),
    template: Type.String(),
    subject: Type.String(),
    text: Type.String(),
    status: oneOf(MAIL_STATUSES),
    attempts: Type.Integer(),
    createdAt: Type.String(),
    finishedAt: Nullable(Type.String()),
    reason: Nullable(Type.String({ description: 'Why it was not sent, as the mail server said it.' })),
  },
  {
    examples: [
      {
        id: 'eml_1hq3v0c9kd5m7w2x8p4t6r1a',
        to: 'team@example.com',
        template: 'key_leaked',
        subject: 'The key "billing" was found in public and revoked',
        text: '…',
        status: 'kept',
        attempts: 0,
        createdAt: '2026-11-21T10:00:00.000Z',
        finishedAt: '2026-11-21T10:00:00.000Z',
        reason: null,
      },
    ],
  },
)
