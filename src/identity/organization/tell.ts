import { actorOf, type Caller, type EventInput } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'

/** Writes what was done in an organization into its record, in the transaction that does it. */
export async function tellIn(
  { audit }: Pick<IdentityDeps, 'audit'>,
  tx: Transaction,
  organization: string,
  caller: Caller,
  event: EventInput,
): Promise<void> {
  await audit.append(tx, { ...actorOf(caller), organization, ...event })
}
