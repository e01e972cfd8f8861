import {
  actorOf,
  type Caller,
  done,
  isId,
  organizationOf,
  type Problem,
  type Result,
  refused,
} from '../../core/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import type { Clients } from '../client/clients.ts'
import type { RevocationEntry } from '../revocation/revocation.ts'
import type { Revocations } from '../revocation/revocations.ts'
import type { Endings } from '../session-end/endings.ts'

/** Whose tokens end: one by its `jti`, or all of a session, a person or service, or a client. */
export const REVOCABLE = ['token', 'session', 'user', 'client'] as const

export type RevokeWish = {
  readonly kind: (typeof REVOCABLE)[number]
  /** `jti`; `sid` or `ses_…`; `usr_…`; `cli_…`. */
  readonly ref: string
  /** Only signed tokens from before this moment end, and nothing else; milliseconds. Null for all there is. */
  readonly issuedBefore: number | null
}

export type RevokeTokensDeps = {
  readonly store: Store
  readonly revocations: Pick<Revocations, 'revoke'>
  readonly endings: Endings
  readonly clients: Pick<Clients, 'get'>
  /** Why a caller may not end what a person has; null when they may. */
  readonly personProblem: (personId: string, caller: Caller) => Promise<Problem | null>
  /** The same of whose session of ours it is. */
  readonly sessionProblem: (sessionId: string, caller: Caller) => Promise<Problem | null>
}

/**
 * Makes the verb that ends tokens for an administrator (row O12). People, clients, sessions and tokens are those of the caller's
 * organization: a `jti` or `sid` of another ends nothing. And nobody ends what somebody has who holds more than they do.
 * Errors: `CLIENT_UNKNOWN`, `USER_UNKNOWN`, `USER_ELSEWHERE`, `USER_OUTRANKS`.
 */
export function createRevokeTokens(deps: RevokeTokensDeps) {
  const { store, revocations, endings } = deps

  return async (wish: RevokeWish, caller: Caller): Promise<Result<null>> => {
    const problem = await problemOf(wish, caller)
    if (problem !== null) return refused(problem)
    await store.write((tx) => end(tx, wish, caller))
    return done(null)
  }

  async function problemOf({ kind, ref }: RevokeWish, caller: Caller): Promise<Problem | null> {
    if (kind === 'user') return deps.personProblem(ref, caller)
    if (kind === 'session' && isId('ses', ref)) return deps.sessionProblem(ref, caller)
    if (kind !== 'client') return null
    const found = await deps.clients.get(ref, caller)
    return found.ok ? null : found.problem
  }

  async function end(tx: Transaction, { kind, ref, issuedBefore }: RevokeWish, caller: Caller): Promise<void> {
    const organization = organizationOf(caller)
    const by = { ...actorOf(caller), organization }
    if (issuedBefore !== null) return revocations.revoke(tx, { ...entryOf(kind, ref, organization), issuedBefore }, by)
    if (kind === 'user') return endings.ofPerson(tx, ref, null, by)
    if (kind === 'client') return endings.ofClient(tx, ref, by)
    if (kind === 'token') return revocations.revoke(tx, entryOf(kind, ref, organization), by)
    return isId('ses', ref) ? endings.ofSessions(tx, [ref], by) : endings.ofSid(tx, ref, organization, by)
  }
}

/** Whose a `jti` or `sid` is shows in the token alone. */
function entryOf(kind: RevokeWish['kind'], ref: string, organization: string): RevocationEntry {
  if (kind === 'user') return { kind: 'subject', ref }
  return kind === 'client' ? { kind, ref } : { kind, ref, within: organization }
}
