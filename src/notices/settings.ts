import type { Secret } from '../core/index.ts'
import type { Language } from './templates/values.ts'

export type MailSettings = {
  readonly transport: 'outbox' | 'smtp'
  readonly host: string | null
  readonly port: number
  readonly security: 'starttls' | 'tls' | 'plaintext'
  readonly user: string | null
  readonly password: Secret | null
  readonly passwordFile: string | null
  readonly from: string | null
  /** Of mails and text messages to whoever has chosen none. */
  readonly language: Language
  /** A folder with the operator's own mails. */
  readonly templates: string | null
  /** Milliseconds that finished mails are kept. */
  readonly keep: number
}

export type SmsSettings = {
  readonly transport: 'off' | 'outbox' | 'webhook' | 'http'
  readonly url: string | null
  readonly account: string | null
  readonly secret: Secret | null
  readonly secretFile: string | null
  readonly from: string | null
  /** Milliseconds for one attempt. */
  readonly timeout: number
}

export type WebhookSettings = {
  /** Milliseconds for one delivery. */
  readonly timeout: number
  /** Milliseconds between two looks for events to tell and deliveries that are due. */
  readonly lookEvery: number
  /** Milliseconds that finished deliveries are kept. */
  readonly keep: number
  /** Milliseconds of nothing but failures after which a webhook is disabled. */
  readonly disableAfter: number
  /** How many webhooks an organization may have. */
  readonly most: number
  readonly allowInsecureHttp: boolean
  readonly allowPrivateNetworks: readonly string[]
}

export type NoticeSettings = {
  readonly mail: MailSettings
  readonly sms: SmsSettings
  readonly webhooks: WebhookSettings
  /** Everybody who reaches the control plane reads the outbox at `/outbox`. */
  readonly outboxPage: boolean
}
