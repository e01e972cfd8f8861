/** What mailed links are for. A ticket of one kind opens nothing of another. */
export const TICKET_KINDS = ['verify_email', 'reset_password', 'magic_link', 'email_change', 'recovery_stop'] as const
export type TicketKind = (typeof TICKET_KINDS)[number]

/** A mailed link that works once. Times are milliseconds. */
export type Ticket = {
  readonly id: string
  readonly kind: TicketKind
  /** Whose it is; null for nobody in particular. */
  readonly personId: string | null
  readonly organization: string
  /** What the link is about besides the person, such as the new address. */
  readonly rest: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly expiresAt: number
}
