import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'

/** The tables this module owns. Times are milliseconds, `rest` and lists are JSON text, booleans are 0 or 1. */
export type IdentityTables = {
  organization: OrganizationRow
  organization_domain: DomainRow
  person: PersonRow
  membership: MembershipRow
  invitation: InvitationRow
  password: { person_id: string; hash: string; changed_at: number; must_change: number }
  password_past: { person_id: string; at: number; hash: string }
  session: SessionRow
  device: DeviceRow
  sign_in: SignInRow
  sign_in_failure: FailureRow
  factor: FactorRow
  backup_code: { person_id: string; digest: Uint8Array; used_at: number | null }
  passkey: PasskeyRow
  passkey_handle: { person_id: string; handle: string }
  key_window: { key_id: string; address: string; person_id: string; until: number }
  challenge: ChallengeRow
  ticket: TicketRow
  one_time_code: CodeRow
  recovery: RecoveryRow
}

export type OrganizationRow = {
  id: string
  name: string
  name_key: string
  enabled: number
  created_at: number
  created_by: string
  changed_at: number
  changed_by: string
  version: number
  /** Policy: default roles, demanded factor, allowed methods, session rules, language. */
  rest: string
}

export type DomainRow = {
  organization: string
  domain: string
  token: string
  created_at: number
  verified_at: number | null
  /** When the DNS was last asked, and how often in a row it did not have the record. */
  checked_at: number
  misses: number
}

export type PersonRow = {
  id: string
  /** The organization whose administrators rule over the account itself. */
  organization: string
  email: string
  /** What two spellings of one address have in common; unique in the installation. */
  email_key: string
  verified_at: number | null
  name: string
  language: string
  enabled: number
  /** An administrator's lock; sign-in locks of strangers lie in `sign_in_failure`. */
  locked_until: number | null
  last_sign_in_at: number | null
  sign_ins: number
  created_at: number
  created_by: string
  changed_at: number
  changed_by: string
  version: number
  rest: string
}

export type MembershipRow = {
  person_id: string
  organization: string
  roles: string
  scopes: string
  permissions: string
  created_at: number
  created_by: string
  version: number
}

export type InvitationRow = {
  id: string
  organization: string
  email: string
  email_key: string
  digest: Uint8Array
  roles: string
  language: string
  created_at: number
  created_by: string
  expires_at: number
  accepted_at: number | null
  revoked_at: number | null
}

export type SessionRow = {
  id: string
  digest: Uint8Array
  person_id: string
  organization: string
  device_id: string | null
  /** The session of somebody who acts in this person's name. */
  begun_from: string | null
  created_at: number
  used_at: number
  ends_at: number
  version: number
  /** Label, user agent, address, country, proofs, who acts in whose name. */
  rest: string
}

export type DeviceRow = {
  id: string
  person_id: string
  digest: Uint8Array
  label: string
  first_at: number
  last_at: number
  last_address: string | null
  last_country: string | null
  trusted_until: number | null
}

export type SignInRow = {
  id: string
  digest: Uint8Array
  person_id: string | null
  created_at: number
  expires_at: number
  version: number
  rest: string
}

/** Failures of one account from one network, known account or not: `account` is a digest. */
export type FailureRow = {
  account: string
  network: string
  failures: number
  first_at: number
  last_at: number
  locked_until: number | null
}

export type FactorRow = {
  id: string
  person_id: string
  kind: string
  name: string
  /** 0 while enrolment is pending. */
  active: number
  /** Sealed by the box of factors. */
  sealed: string | null
  /** The last time step whose code was taken: no code works twice. */
  last_step: number | null
  created_at: number
  used_at: number | null
  expires_at: number | null
}

export type PasskeyRow = {
  id: string
  person_id: string
  credential_id: string
  public_key: Uint8Array
  counter: number
  name: string
  created_at: number
  used_at: number | null
  suspended_at: number | null
  rest: string
}

export type ChallengeRow = {
  digest: Uint8Array
  purpose: string
  /** The session, sign-in or nobody (`''`) that it was made for. */
  subject: string
  expires_at: number
  rest: string
}

/** A link that was mailed: verification, reset, magic link, change of address. */
export type TicketRow = {
  id: string
  kind: string
  digest: Uint8Array
  person_id: string | null
  organization: string
  created_at: number
  expires_at: number
  used_at: number | null
  rest: string
}

/** A code that was sent by mail or SMS; one at a time for each subject. */
export type CodeRow = {
  subject: string
  kind: string
  digest: Uint8Array
  tries_left: number
  created_at: number
  expires_at: number
}

export type RecoveryRow = {
  id: string
  person_id: string
  organization: string
  created_at: number
  created_by: string
  ready_at: number
  expires_at: number
  ended_at: number | null
  rest: string
}

export type Tables = Kysely<IdentityTables>

/** The module's tables, inside a transaction or outside. */
export function tablesOf(store: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): Tables {
  return store.tables<IdentityTables>()
}
