import type { CreatedWebhook } from '../create-webhook.ts'
import type { Delivery } from '../delivery.ts'
import type { Webhook } from '../webhook.ts'

export function webhookBody(webhook: Webhook) {
  const { events, contacts, since, failingSince, formerSecretUntil, createdAt, changedAt, ...rest } = webhook
  return {
    ...rest,
    events: [...events],
    contacts: [...contacts],
    since: iso(since),
    failingSince: isoOrNull(failingSince),
    formerSecretUntil: isoOrNull(formerSecretUntil),
    createdAt: iso(createdAt),
    changedAt: iso(changedAt),
  }
}

export function createdWebhookBody({ webhook, secret }: CreatedWebhook) {
  return { ...webhookBody(webhook), secret: secret === null ? null : secret.reveal() }
}

export function deliveryBody({ attempts, body, createdAt, dueAt, finishedAt, ...rest }: Delivery) {
  return {
    ...rest,
    createdAt: iso(createdAt),
    dueAt: isoOrNull(dueAt),
    finishedAt: isoOrNull(finishedAt),
    attempts: attempts.map(({ at, ...attempt }) => ({ ...attempt, at: iso(at) })),
    body: JSON.parse(body) as unknown,
  }
}

export function iso(at: number): string {
  return new Date(at).toISOString()
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at)
}
