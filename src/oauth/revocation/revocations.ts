import type { Audit } from '../../audit/index.ts'
import type { Actor, Clock } from '../../core/index.ts'
import { type Store, startChore, type Transaction } from '../../store/index.ts'
import { followRevocations } from './follow.ts'
import { createRevocationMemory } from './memory.ts'
import { type RevocableClaims, type RevocationEntry, revocationOf } from './revocation.ts'
import { announcementOf, deleteExpired, insertRevocation, insertSeen, REVOCATION_TOPIC } from './store.ts'

/** What ends signed tokens before their time (rows O12 and O13). */
export type Revocations = {
  /**
   * Ends tokens, everywhere in under a second and also after a restart, when the transaction is committed. Writes the Event
   * `token.revoked`.
   *
   * @param by who does it, for the Event
   * @throws RangeError for a reference that no token could carry
   * @example await store.write((tx) => revocations.revoke(tx, { kind: 'session', ref: session.id }, actorOf(caller)))
   */
  readonly revoke: (tx: Transaction, entry: RevocationEntry, by?: Partial<Actor>) => Promise<void>
  /** Whether a token was revoked. Answers from memory. */
  readonly isRevoked: (claims: RevocableClaims) => boolean
  /**
   * Takes a name once in the whole cluster.
   *
   * @param name such as the issuer and the `jti` of a token
   * @param until milliseconds since the epoch; afterwards the name may be forgotten
   * @returns whether it was the first time
   */
  readonly acceptOnce: (name: string, until: number) => Promise<boolean>
  /** Deletes what has had its time now, if no other process is at it. @returns whether it was done here */
  readonly sweep: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

const SWEEP_EVERY = 10 * 60_000
const PRUNE_EVERY = 60_000

/**
 * Opens the list of revoked tokens: every node has all of it in memory. It stays small, because an entry dies with the last
 * token that it could hit.
 *
 * @throws when the list cannot be read: without it nobody could say which tokens are good
 */
export async function createRevocations(deps: {
  store: Store
  audit: Pick<Audit, 'append'>
  clock: Clock
  /** Our own name, as tokens carry it. */
  issuer: string
  onError: (error: unknown) => void
}): Promise<Revocations> {
  const { store, audit, clock, issuer, onError } = deps
  const memory = createRevocationMemory(issuer)
  const following = await followRevocations({ store, memory, clock, onError })
  const chore = startChore({
    leases: store.leases,
    name: 'oauth.revocations',
    every: SWEEP_EVERY,
    lease: SWEEP_EVERY,
    work: async (held) => {
      while ((await deleteExpired(store, clock.now())) && (await held()));
    },
    onError,
  })
  const pruning = setInterval(() => memory.prune(clock.now()), PRUNE_EVERY).unref()

  async function revoke(tx: Transaction, entry: RevocationEntry, by: Partial<Actor> = {}): Promise<void> {
    const revocation = revocationOf(entry, issuer, clock.now())
    const { kind, ref } = entry.within === undefined ? revocation : entry
    await insertRevocation(tx, revocation)
    await audit.append(tx, { ...by, type: 'token.revoked', outcome: 'success', resource: ref, details: { kind, ref } })
    await tx.announce(REVOCATION_TOPIC, announcementOf(revocation))
    // Here it holds as soon as whoever revoked is answered.
    tx.afterCommit(() => memory.add(revocation))
  }

  async function stop(): Promise<void> {
    clearInterval(pruning)
    await Promise.all([following.stop(), chore.stop()])
  }

  return Object.freeze({
    revoke,
    isRevoked: memory.isRevoked,
    acceptOnce: (name: string, until: number) => insertSeen(store, name, until),
    sweep: chore.run,
    stop,
  })
}
