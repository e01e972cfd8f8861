import type { Secret } from '../../core/index.ts'

/** The languages that mails and text messages are written in. */
export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

/** Every mail there is, and what each needs to know. */
export const mailValues = {
  rotation_due_soon: ['key', 'keyId', 'owner', 'days', 'date', 'how', 'place'],
  rotation_due_today: ['key', 'keyId', 'owner', 'date', 'how', 'place'],
  rotation_overdue: ['key', 'keyId', 'owner', 'date'],
  key_rotated: ['key', 'keyId', 'newKeyId', 'owner', 'place', 'graceEnds'],
  rotation_failed: ['key', 'keyId', 'owner', 'reason', 'next'],
  approval_wanted: ['key', 'keyId', 'requester', 'reason', 'approval', 'lapses'],
  approval_decided: ['key', 'keyId', 'decision', 'decider', 'reason'],
  emergency_rotation: ['key', 'keyId', 'actor', 'reason'],
  key_leaked: ['key', 'keyId', 'owner', 'where'],
  key_expires_soon: ['key', 'keyId', 'owner', 'days', 'date'],
  webhook_disabled: ['webhook', 'address', 'reason'],
  verify_email: ['name', 'link', 'hours'],
  already_registered: ['name', 'link'],
  email_change_confirm: ['name', 'link', 'hours'],
  email_changed: ['name', 'newEmail'],
  reset_password: ['name', 'link', 'minutes'],
  password_changed: ['name', 'when', 'where'],
  magic_link: ['name', 'link', 'minutes', 'where'],
  sign_in_code: ['name', 'code', 'minutes', 'where'],
  factor_added: ['name', 'factor', 'when', 'where'],
  factor_removed: ['name', 'factor', 'when', 'where'],
  backup_codes_low: ['name', 'left'],
  backup_code_used: ['name', 'left', 'when', 'where'],
  new_device: ['name', 'device', 'when', 'where'],
  suspicious_sign_in: ['name', 'device', 'when', 'where'],
  sign_in_request: ['name', 'client', 'message', 'minutes'],
  account_locked: ['name', 'minutes', 'when', 'where'],
  account_disabled: ['name'],
  account_erased: ['name'],
  invitation: ['organization', 'inviter', 'link', 'days'],
  member_removed: ['name', 'organization'],
  recovery_started: ['name', 'when', 'where', 'days', 'link'],
  recovery_done: ['name'],
  impersonated: ['name', 'by', 'reason', 'until'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Every text message there is. */
export const textValues = {
  sign_in_code: ['code', 'minutes'],
  phone_code: ['code', 'minutes'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type TemplateName = keyof typeof mailValues
export type TextName = keyof typeof textValues

/** Words that each language has its own for. */
export const WORDS = {
  factor: ['totp', 'webauthn', 'passkey', 'sms', 'email', 'backup_codes'],
  decision: ['approved', 'rejected'],
  how: ['by_hand', 'by_itself', 'by_itself_once_approved'],
} as const
export type WordKind = keyof typeof WORDS
export type Word = (typeof WORDS)[WordKind][number]

/**
 * What a value is, by its name; every other is one line of text.
 *
 * - `link`: an http(s) address, whole or not at all. `code`: what somebody types. Mails with either are secret.
 * - `moment`: milliseconds since the epoch. `length`: a number with its unit. `word`: one of `WORDS`.
 * - `name`: what strangers may have chosen; it is written so that no mail program makes a link of it.
 */
export const KINDS = {
  link: 'link',
  code: 'code',
  when: 'moment',
  until: 'moment',
  minutes: 'length',
  hours: 'length',
  days: 'length',
  factor: 'word',
  decision: 'word',
  how: 'word',
  name: 'name',
  client: 'name',
  message: 'name',
  organization: 'name',
  inviter: 'name',
  device: 'name',
  by: 'name',
} as const
export type Kind = (typeof KINDS)[keyof typeof KINDS] | 'line'

type KindOf<N extends string> = N extends keyof typeof KINDS ? (typeof KINDS)[N] : 'line'
type OfKind<N extends string> = {
  readonly link: string | Secret
  readonly code: string | Secret
  readonly moment: number
  readonly length: number
  readonly word: N extends WordKind ? (typeof WORDS)[N][number] : never
  readonly name: string
  /** Null is said as "none". */
  readonly line: string | number | null
}

type Given<N extends string> = { readonly [V in N]: OfKind<V>[KindOf<V>] }

/** What a mail needs to know: every one of its values, and no other. */
export type ValuesOf<T extends TemplateName> = Given<(typeof mailValues)[T][number]>
/** What a text message needs to know. */
export type TextValuesOf<T extends TextName> = Given<(typeof textValues)[T][number]>

/** A mail before its values: plain text with `{name}` where they go. */
export type Wording = { readonly subject: string; readonly text: string }

/** Everything that is written in one language. */
export type Wordings = {
  readonly mails: Readonly<Record<TemplateName, Wording>>
  readonly texts: Readonly<Record<TextName, string>>
  readonly words: Readonly<Record<Word, string>>
  /** Said for a line that is null. */
  readonly none: string
}

/** What a value of this name is. */
export function kindOf(value: string): Kind {
  return Object.hasOwn(KINDS, value) ? KINDS[value as keyof typeof KINDS] : 'line'
}

/** Whether what is written with these values lets its reader in somewhere. */
export function isSecret(values: readonly string[]): boolean {
  return values.some((value) => kindOf(value) === 'link' || kindOf(value) === 'code')
}
