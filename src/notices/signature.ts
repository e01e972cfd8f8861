import { createHmac, randomBytes } from 'node:crypto'
import { Secret } from '../core/index.ts'

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** Makes a secret in the form of Standard Webhooks: `whsec_` and base64. */
export function makeWebhookSecret(): Secret {
  return new Secret(PREFIX + randomBytes(SECRET_BYTES).toString('base64'))
}

/** What is signed: id, time of the attempt in seconds, and body, byte for byte as sent. */
export type Signed = { readonly id: string; readonly seconds: number; readonly body: string }

/**
 * The headers of Standard Webhooks 1.0.0. Several secrets make several signatures, so that a receiver may know either while
 * one replaces the other.
 */
export function webhookHeaders({ id, seconds, body }: Signed, secrets: readonly Secret[]): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
}
