import type { Audit } from '../../audit/index.ts'
import type { Actor, Clock } from '../../core/index.ts'
import { type Chore, type Store, startChore, type Transaction } from '../../store/index.ts'
import { clientTables, deleteClientRow } from '../client/store.ts'
import { CLIENT_TOPIC } from '../client/tell.ts'
import { forgetRegistration } from './store.ts'

export type RegistrationSweepDeps = {
  readonly store: Store
  readonly clock: Clock
  readonly audit: Pick<Audit, 'append'>
  /** How long a client may be of no use to anybody, in milliseconds; null for ever. */
  readonly unusedAfter: number | null
  readonly endIssued: (tx: Transaction, clientId: string, by: Partial<Actor>) => Promise<void>
  readonly onError: (error: unknown) => void
}

const EVERY = 3_600_000
/** So few at a time that nobody who writes waits for long. */
const AT_ONCE = 20

/** Deletes clients that registered themselves and that nobody used for long, with all that was issued to them. */
export function startRegistrationSweep(deps: RegistrationSweepDeps): Chore {
  const { store, clock, unusedAfter, onError } = deps
  return startChore({
    leases: store.leases,
    name: 'oauth.registrations',
    every: EVERY,
    lease: EVERY,
    work: async (held) => {
      if (unusedAfter === null) return
      while ((await sweepUnused(deps, clock.now() - unusedAfter)) && (await held()));
    },
    onError,
  })
}

/** @returns whether there may be more */
async function sweepUnused(deps: RegistrationSweepDeps, before: number): Promise<boolean> {
  const found = await unusedSince(deps.store, before).select('id').limit(AT_ONCE).execute()
  for (const { id } of found) await deps.store.write((tx) => sweepOne(deps, tx, id, before))
  return found.length === AT_ONCE
}

async function sweepOne(deps: RegistrationSweepDeps, tx: Transaction, id: string, before: number): Promise<void> {
  // Whoever used it meanwhile keeps it.
  const query = unusedSince(tx, before).select(['organization', 'name']).where('id', '=', id)
  const client = await (tx.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  if (client === undefined) return
  await forgetRegistration(tx, id)
  await deleteClientRow(tx, id)
  const details = { name: client.name, reason: 'nobody used it' }
  const event = { type: 'client.deleted', outcome: 'success', resource: id, details } as const
  await deps.audit.append(tx, { organization: client.organization, ...event })
  await tx.announce(CLIENT_TOPIC, id)
  await deps.endIssued(tx, id, {})
}

// A change is a use: whoever changes it, still wants it.
function unusedSince(source: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>, before: number) {
  return clientTables(source)
    .selectFrom('oauth_client')
    .where('source', '=', 'registered')
    .where((row) => row.or([row('last_used_at', 'is', null), row('last_used_at', '<=', before)]))
    .where('updated_at', '<=', before)
}
