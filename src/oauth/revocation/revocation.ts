import { timeOfId } from '../../core/index.ts'

/**
 * Which tokens a revocation ends: one by its `jti`, or all of a session, a grant, a person or service, a client, or of all who
 * act in an organization. What an administrator names by a `jti` or `sid` ends within their own organization alone.
 */
export const REVOCATION_KINDS = [
  'token',
  'session',
  'grant',
  'subject',
  'client',
  'organization',
  'tokenWithin',
  'sessionWithin',
] as const
export type RevocationKind = (typeof REVOCATION_KINDS)[number]

/** A wish to end tokens. Times are milliseconds since the epoch. */
export type RevocationEntry = {
  readonly kind: Exclude<RevocationKind, 'tokenWithin' | 'sessionWithin'>
  /** `jti`, `sid`, `gid`, `sub`, `client_id` or `org`. */
  readonly ref: string
  /** Of a token or a session: nothing ends that is for another organization. */
  readonly within?: string
  /** The issuer of the tokens; our own unless told. */
  readonly issuer?: string
  /** Tokens issued after this live on. Now unless told, for a subject, a client and an organization; of the others all tokens end. */
  readonly issuedBefore?: number
  /** When the last token that it can hit is dead anyway. The longest life of our tokens from now unless told. */
  readonly expiresAt?: number
}

/** A revocation as it is kept. */
export type Revocation = {
  readonly kind: RevocationKind
  readonly ref: string
  readonly issuedBefore: number | null
  readonly expiresAt: number
}

/** What is asked of a token to see whether it was revoked. `issuedAt` is seconds. */
export type RevocableClaims = {
  readonly issuer: string
  readonly issuedAt: number
  readonly id: string | null
  readonly session: string | null
  readonly grant: string | null
  readonly subject: string
  readonly clientId: string | null
  readonly organization: string | null
}

const LASTING: readonly RevocationKind[] = ['subject', 'client', 'organization']
const LONGEST_REF = 512

/** Milliseconds that an access token lives at the most (row O9), with the skew that verifiers allow. */
export const LONGEST_LIFE = 3_600_000 + 60_000

/**
 * Fills in what a wish leaves open.
 *
 * @throws RangeError for a reference that no token could carry
 */
export function revocationOf(entry: RevocationEntry, ownIssuer: string, now: number): Revocation {
  const { kind, ref: named } = kept(entry)
  const ref = refIn(entry.issuer ?? ownIssuer, ownIssuer, named)
  if (entry.ref === '' || ref.length > LONGEST_REF) throw new RangeError('a revocation needs the id of what it ends')
  const issuedBefore = entry.issuedBefore ?? (LASTING.includes(kind) ? now : null)
  return { kind, ref, issuedBefore, expiresAt: entry.expiresAt ?? now + LONGEST_LIFE }
}

function kept({ kind, ref, within }: RevocationEntry): Pick<Revocation, 'kind' | 'ref'> {
  if (within === undefined) return { kind, ref }
  if (kind === 'token') return { kind: 'tokenWithin', ref: inside(ref, within) }
  if (kind === 'session') return { kind: 'sessionWithin', ref: inside(ref, within) }
  throw new RangeError('only tokens and sessions are revoked within an organization')
}

/** An id of an organization has no spaces, so that nobody can write the one inside the other. */
function inside(ref: string | null, organization: string | null): string {
  return `${organization} ${ref}`
}

/** What two issuers call the same is not the same. A name of an issuer has no `#` (RFC 8414, section 2). */
export function refIn(issuer: string, ownIssuer: string, ref: string): string {
  return issuer === ownIssuer ? ref : `${issuer}#${ref}`
}

/** What a token is called in each kind; null where it names nothing of the kind. */
export const REF_OF: Readonly<Record<RevocationKind, (claims: RevocableClaims) => string | null>> = Object.freeze({
  token: ({ id }) => id,
  session: ({ session }) => session,
  grant: ({ grant }) => grant,
  subject: ({ subject }) => subject,
  client: ({ clientId }) => clientId,
  organization: ({ organization }) => organization,
  tokenWithin: ({ id, organization }) => inside(id, organization),
  sessionWithin: ({ session, organization }) => inside(session, organization),
})

/**
 * When a token was issued, in milliseconds. `iat` has whole seconds only: our own ids are finer, so that a token made
 * right after a revocation is good. Of others the second counts from its begin, which refuses when in doubt.
 */
export function issuedAtOf({ id, issuedAt }: RevocableClaims): number {
  return (id === null ? null : timeOfId('tok', id)) ?? issuedAt * 1000
}
