import { type Chore, type Store, startChore } from '../../store/index.ts'
import { consentTables } from './store.ts'

const EVERY = 3_600_000
/** So few at a time that nobody who writes waits for long. */
const AT_ONCE = 200

/** Deletes consents that count no more: what is agreed to once more is written anew. */
export function startConsentSweep(deps: {
  readonly store: Store
  readonly clock: { readonly now: () => number }
  /** For how long a consent counts; milliseconds. */
  readonly lifetime: number
  readonly onError: (error: unknown) => void
}): Chore {
  const { store, clock, lifetime, onError } = deps
  return startChore({
    leases: store.leases,
    name: 'oauth.consents',
    every: EVERY,
    lease: EVERY,
    work: async (held) => {
      while ((await sweepConsents(store, clock.now() - lifetime)) && (await held()));
    },
    onError,
  })
}

/** @returns whether there may be more */
export async function sweepConsents(store: Store, before: number): Promise<boolean> {
  const rows = await consentTables(store)
    .selectFrom('oauth_consent')
    .select('id')
    .where('changed_at', '<=', before)
    .limit(AT_ONCE)
    .execute()
  if (rows.length === 0) return false
  const ids = rows.map(({ id }) => id)
  await store.write(async (tx) => {
    // Whoever agreed meanwhile keeps theirs.
    await consentTables(tx)
      .deleteFrom('oauth_consent')
      .where('id', 'in', ids)
      .where('changed_at', '<=', before)
      .execute()
    const left = consentTables(tx).selectFrom('oauth_consent').select('id')
    await consentTables(tx)
      .deleteFrom('oauth_consent_item')
      .where('consent_id', 'in', ids)
      .where('consent_id', 'not in', left)
      .execute()
  })
  return rows.length === AT_ONCE
}
