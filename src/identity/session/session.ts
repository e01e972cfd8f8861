import { type Assurance, LEVELS, type Level } from '../../core/index.ts'

/** One thing that somebody proved, and when. */
export type Proof = {
  readonly method: ProofMethod
  /** Milliseconds. */
  readonly at: number
}

/**
 * What a person can prove, with its names in RFC 8176, section 2, and what it counts for: something known, something
 * held, or both at once. A mailbox opens anywhere to who knows its password (NIST SP 800-63B, section 3.1.3.1), and whoever
 * reads it has the one here set anew: it stands for a password, and beside one it adds nothing. `passkey` verified its user, `security_key` was only touched, `device_passkey` is a passkey that
 * never leaves its device.
 */
export const PROOFS = {
  password: { amr: ['pwd'], knows: true, holds: false, phishable: true },
  magic_link: { amr: ['link'], knows: true, holds: false, phishable: true },
  email: { amr: ['otp'], knows: true, holds: false, phishable: true },
  sms: { amr: ['sms'], knows: false, holds: true, phishable: true },
  totp: { amr: ['otp'], knows: false, holds: true, phishable: true },
  backup_code: { amr: ['otp'], knows: false, holds: true, phishable: true },
  security_key: { amr: ['hwk', 'user'], knows: false, holds: true, phishable: false },
  passkey: { amr: ['swk', 'user'], knows: true, holds: true, phishable: false },
  device_passkey: { amr: ['hwk', 'user'], knows: true, holds: true, phishable: false },
} as const satisfies Readonly<
  Record<string, { amr: readonly string[]; knows: boolean; holds: boolean; phishable: boolean }>
>

export type ProofMethod = keyof typeof PROOFS

/** What some proofs come to. */
export function assuranceOf(proofs: readonly Proof[]): Assurance {
  const acr = levelOf(proofs)
  const amr = new Set<string>(proofs.flatMap(({ method }) => PROOFS[method].amr))
  if (acr !== 'aal1') amr.add('mfa')
  return { acr, amr: [...amr], provedAt: Math.max(0, ...proofs.map(({ at }) => at)) }
}

function levelOf(proofs: readonly Proof[]): Level {
  const methods = proofs.map(({ method }) => method)
  if (methods.includes('device_passkey')) return 'aal3'
  const known = methods.some((method) => PROOFS[method].knows)
  const held = new Set(methods.filter((method) => PROOFS[method].holds))
  return (known && held.size > 0) || held.size > 1 ? 'aal2' : 'aal1'
}

/** Whether one level is at least as high as another. */
export function reaches(level: Level, wanted: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted)
}

/** Somebody signed in. Times are milliseconds. */
export type Session = {
  readonly id: string
  readonly personId: string
  /** The organization that the person acts in. */
  readonly organization: string
  /** The device it was begun on, by its cookie. */
  readonly deviceId: string | null
  /** What people recognise the device by, such as `Firefox on Linux`. */
  readonly label: string
  readonly userAgent: string | null
  readonly address: string | null
  readonly country: string | null
  readonly proofs: readonly Proof[]
  /** Who acts in this person's name, why, and from which session of theirs (row I14); null where nobody does. */
  readonly impersonation: { readonly by: string; readonly reason: string; readonly from: string } | null
  /** Milliseconds without use after which it ends. */
  readonly idle: number
  readonly createdAt: number
  readonly usedAt: number
  /** When it ends however it is used. */
  readonly endsAt: number
  readonly version: number
}

/** Whether a session is over at a moment. */
export function isOver(session: Pick<Session, 'usedAt' | 'idle' | 'endsAt'>, now: number): boolean {
  return now >= session.endsAt || now >= session.usedAt + session.idle
}
