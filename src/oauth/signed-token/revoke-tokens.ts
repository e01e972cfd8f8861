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
import type { Store } from '../../store/index.ts'
import type { Clients } from '../client/clients.ts'
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
 * Makes the verb that ends tokens for an administrator (row O12). People and clients are those of the caller's organization,
 * and nobody ends what somebody has who holds more than they do.
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

  async function end(tx: Parameters<Endings['ofClient']>[0], wish: RevokeWish, caller: Caller): Promise<void> {
    const { kind, ref, issuedBefore } = wish
    const by = { ...actorOf(caller), organization: organizationOf(caller) }
    if (issuedBefore === null) {
      if (kind === 'user') return endings.ofPerson(tx, ref, null, by)
      if (kind === 'client') return endings.ofClient(tx, ref, by)
      if (kind === 'session') return isId('ses', ref) ? endings.ofSessions(tx, [ref], by) : endings.ofSid(tx, ref, by)
    }
    const before = issuedBefore === null ? {} : { issuedBefore }
    await revocations.revoke(tx, { kind: kind === 'user' ? 'subject' : kind, ref, ...before }, by)
  }
}
