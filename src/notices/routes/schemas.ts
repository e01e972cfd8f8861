import { idPattern, Type } from '../../core/index.ts'
import { Nullable, Text, withExample } from '../../http/index.ts'
import { LONGEST_MAIL_ADDRESS, MAIL_ADDRESS } from '../address.ts'
import { DELIVERY_STATUSES } from '../delivery.ts'
import { CHANNELS, MAIL_STATUSES } from '../queue.ts'

export function oneOf<const T extends string>(words: readonly T[]) {
  return Type.Unsafe<T>({ type: 'string', enum: [...words] })
}

export const MailBody = Type.Object(
  {
    id: Type.String(),
    channel: oneOf(CHANNELS),
    to: Type.String(),
    template: Type.String(),
    subject: Type.String({ description: 'Empty for a text message.' }),
    text: Nullable(
      Type.String({
        description: 'Null where it holds a link or code and is on its way, was sent, or works no longer.',
      }),
    ),
    status: oneOf(MAIL_STATUSES),
    attempts: Type.Integer(),
    createdAt: Type.String(),
    finishedAt: Nullable(Type.String()),
    reason: Nullable(Type.String({ description: 'Why it was not sent, as the mail server or provider said it.' })),
  },
  {
    examples: [
      {
        id: 'eml_1hq3v0c9kd5m7w2x8p4t6r1a',
        channel: 'mail',
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

export const WebhookId = Type.String({ pattern: idPattern('whk'), examples: ['whk_1hq3v0c9kd5m7w2x8p4t6r1a'] })
export const DeliveryId = Type.String({ pattern: idPattern('dlv'), examples: ['dlv_1hq3v0c9kd5m7w2x8p4t6r1a'] })

const properties = {
  name: Text(1, 255),
  url: Type.String({
    minLength: 1,
    maxLength: 2048,
    pattern: '^[\\x21-\\x7e]+$',
    description: 'Where events are posted to: https, and not a private address.',
  }),
  events: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    minItems: 1,
    maxItems: 100,
    uniqueItems: true,
    description:
      'Names of events, or `key.*` for all that begin alike. Events of ordinary traffic, such as `key.used`, are told only when they are named.',
  }),
  sample: Type.Number({
    minimum: 0,
    maximum: 1,
    description: 'Which part of the events of ordinary traffic is told. `key.denied` always is.',
  }),
  contacts: Type.Array(Type.String({ maxLength: LONGEST_MAIL_ADDRESS, pattern: MAIL_ADDRESS }), {
    maxItems: 10,
    uniqueItems: true,
    description: 'Mail addresses that hear of it when the webhook is disabled.',
  }),
}

const example = { name: 'key events', url: 'https://hooks.example.com/keys', events: ['key.*'] }
const webhookExample = {
  id: 'whk_1hq3v0c9kd5m7w2x8p4t6r1a',
  organization: 'org_default',
  ...example,
  sample: 1,
  contacts: ['team@example.com'],
  enabled: true,
  disabledReason: null,
  since: '2026-11-21T10:00:00.000Z',
  failingSince: null,
  dropped: 0,
  formerSecretUntil: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
  changedAt: '2026-11-21T10:00:00.000Z',
  changedBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
  version: 1,
}

export const NewWebhookBody = Type.Object(
  {
    name: properties.name,
    url: properties.url,
    events: properties.events,
    sample: Type.Optional(properties.sample),
    contacts: Type.Optional(properties.contacts),
  },
  { additionalProperties: false, examples: [example] },
)

export const ChangeWebhookBody = Type.Object(
  { ...Type.Partial(Type.Object(properties)).properties, enabled: Type.Optional(Type.Boolean()) },
  { additionalProperties: false, minProperties: 1, examples: [{ enabled: true }] },
)

export const RotateSecretBody = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 604_800,
        default: 86_400,
        description: 'How long the former secret signs too.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ overlapSeconds: 86_400 }] },
)

export const WebhookBody = Type.Object(
  {
    id: Type.String(),
    organization: Type.String(),
    name: Type.String(),
    url: Type.String(),
    events: Type.Array(Type.String()),
    sample: Type.Number(),
    contacts: Type.Array(Type.String()),
    enabled: Type.Boolean(),
    disabledReason: Nullable(Type.String()),
    since: Type.String({ description: 'What happens from then on is told.' }),
    failingSince: Nullable(Type.String()),
    dropped: Type.Integer({ description: 'Events of traffic that were left out because 10,000 were waiting.' }),
    formerSecretUntil: Nullable(Type.String()),
    createdAt: Type.String(),
    createdBy: Type.String(),
    changedAt: Type.String(),
    changedBy: Type.String(),
    version: Type.Integer(),
  },
  { examples: [webhookExample] },
)

export const CreatedWebhookBody = withExample(
  Type.Object({
    ...WebhookBody.properties,
    secret: Nullable(
      Type.String({ description: 'What the receiver verifies with, shown once. Null when a creation is repeated.' }),
    ),
  }),
  { ...webhookExample, secret: 'whsec_…' },
)

export const DeliveryBody = Type.Object(
  {
    id: Type.String({ description: 'The `webhook-id` of every attempt.' }),
    webhookId: Type.String(),
    eventId: Nullable(Type.String()),
    type: Type.String(),
    status: oneOf(DELIVERY_STATUSES),
    createdAt: Type.String(),
    dueAt: Nullable(Type.String({ description: 'When it is tried next.' })),
    finishedAt: Nullable(Type.String()),
    attempts: Type.Array(
      Type.Object({
        number: Type.Integer(),
        at: Type.String(),
        duration: Type.Integer({ description: 'Milliseconds.' }),
        status: Nullable(Type.Integer()),
        reason: Nullable(Type.String({ description: 'Why there was no answer, or what was wrong with it.' })),
        answer: Nullable(Type.String({ description: 'How the answer began.' })),
      }),
    ),
    body: Type.Unknown({ description: 'What is posted.' }),
  },
  {
    examples: [
      {
        id: 'dlv_1hq3v0c9kd5m7w2x8p4t6r1a',
        webhookId: 'whk_1hq3v0c9kd5m7w2x8p4t6r1a',
        eventId: 'evt_1hq3v0c9kd5m7w2x8p4t6r1a',
        type: 'key.revoked',
        status: 'delivered',
        createdAt: '2026-11-21T10:00:00.000Z',
        dueAt: null,
        finishedAt: '2026-11-21T10:00:01.000Z',
        attempts: [
          { number: 1, at: '2026-11-21T10:00:01.000Z', duration: 42, status: 204, reason: null, answer: null },
        ],
        body: {
          type: 'key.revoked',
          timestamp: '2026-11-21T10:00:00.000Z',
          data: { id: 'evt_1hq3v0c9kd5m7w2x8p4t6r1a', resource: 'key_1hq3v0c9kd5m7w2x8p4t6r1a' },
        },
      },
    ],
  },
)
