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
  /** Of mails and text messages to whom no other is known. */
  readonly language: Language
  /** Milliseconds that finished mails are kept. */
  readonly keep: number
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

export type NoticeSettings = { readonly mail: MailSettings; readonly webhooks: WebhookSettings }
