import type { Event } from '../core/index.ts'
import type { Told } from './subscription.ts'

/** What a webhook is sent about an event: `type`, `timestamp` and `data`, as Standard Webhooks has it. Nothing in it is secret. */
export function bodyOf({ name, keyId }: Told, event: Event): string {
  const { id, at, type, details, ...rest } = event
  const told = Object.entries(rest).filter(([, value]) => value !== null)
  const data = {
    eventId: id,
    event: type,
    ...(keyId === null ? {} : { keyId }),
    ...Object.fromEntries(told),
    details: details ?? {},
  }
  return JSON.stringify({ type: name, timestamp: new Date(at).toISOString(), data })
}

/** What a test sends. */
export function testBody(webhookId: string, now: number): string {
  return JSON.stringify({ type: 'webhook.test', timestamp: new Date(now).toISOString(), data: { webhookId } })
}
