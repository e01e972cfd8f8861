import type { Transaction } from './store.ts'
import type { StoreTables } from './tables.ts'

/** How long a key is remembered, in milliseconds. */
export const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000

export type IdempotencyClaim = {
  /** Whose key it is and for what, such as the caller's id and the operation: keys of two callers never meet. */
  readonly scope: string
  /** The `Idempotency-Key` as sent. Its length is the route's to bound. */
  readonly key: string
  /** A digest of the request, so that one key cannot stand for two requests. */
  readonly fingerprint: string
  /** What this request makes, such as an id: it is what a repeat is answered with. */
  readonly ref: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export type IdempotencyAnswer =
  | { readonly is: 'new' }
  | { readonly is: 'repeat'; readonly ref: string }
  | { readonly is: 'conflict' }

/**
 * Claims an idempotency key in the transaction of the creation it protects: both happen or neither. Of many requests
 * with one key exactly one is *new*; the others wait for it and are a *repeat* of its ref, or a *conflict* when they
 * ask for something else.
 */
export async function claimIdempotency(tx: Transaction, claim: IdempotencyClaim): Promise<IdempotencyAnswer> {
  const { scope, key, fingerprint, ref, now } = claim
  const fresh = await tx
    .tables<StoreTables>()
    .insertInto('idempotency')
    .values({ scope, key, fingerprint, ref, at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['scope', 'key'])
        .doUpdateSet({ fingerprint, ref, at: now })
        .where('idempotency.at', '<=', now - IDEMPOTENCY_MS),
    )
    .returning('at')
    .executeTakeFirst()
  return fresh === undefined ? earlier(tx, claim) : { is: 'new' }
}

async function earlier(tx: Transaction, claim: IdempotencyClaim): Promise<IdempotencyAnswer> {
  const row = await tx
    .tables<StoreTables>()
    .selectFrom('idempotency')
    .select(['fingerprint', 'ref'])
    .where('scope', '=', claim.scope)
    .where('key', '=', claim.key)
    .executeTakeFirstOrThrow()
  return row.fingerprint === claim.fingerprint ? { is: 'repeat', ref: row.ref } : { is: 'conflict' }
}
