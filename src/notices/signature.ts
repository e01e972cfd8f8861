import { createHmac, randomBytes } from 'node:crypto'
import { Secret } from '../core/index.ts'

const PREFIX = 'whsec_'
const SECRET_BYTES = 32
const HEADERS = { 'content-type': 'application/json', 'user-agent': 'Sallyport-Webhooks' } as const

/** Makes a secret in the form of Standard Webhooks: `whsec_` and base64. */
export function makeWebhookSecret(): Secret {
  return new Secret(PREFIX + randomBytes(SECRET_BYTES).toString('base64'))
}

/** What is signed: id, time of the attempt in seconds, and body, byte for byte as sent. */
export type Signed = { readonly id: string; readonly seconds: number; readonly body: string }

/** Whether a text is a secret in that form, of the 24 to 64 bytes that Standard Webhooks asks for. */
export function isWebhookSecret(secret: Secret): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret.reveal()) ?? []
  const { length } = Buffer.from(base64 ?? '', 'base64')
  return length >= 24 && length <= 64
}

/**
 * The headers of Standard Webhooks 1.0.0. Several secrets make several signatures, so that a receiver may know either while
 * one replaces the other.
 */
export function webhookHeaders({ id, seconds, body }: Signed, secrets: readonly Secret[]): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  })
  return {
    ...HEADERS,
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  }
}
