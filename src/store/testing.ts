import { describe } from 'vitest'
import { changesContract } from './testing/changing.ts'
import { choresContract } from './testing/chores.ts'
import { idempotencyContract, leasesContract } from './testing/coordination.ts'
import { migratingContract } from './testing/migrating.ts'
import { scopingContract } from './testing/scoping.ts'
import { type OpenPlace, useStage } from './testing/stage.ts'
import { survivingContract } from './testing/surviving.ts'
import { valuesContract } from './testing/values.ts'
import { writingContract } from './testing/writing.ts'

export { busContract } from './testing/bus.ts'
export { cacheContract } from './testing/cache.ts'
export { openTestBus, openTestStore, type Place } from './testing/open.ts'
export { stoppedClock } from './testing/stage.ts'

const PARTS = {
  'a transaction': writingContract,
  'a value': valuesContract,
  'a lease': leasesContract,
  'a chore': choresContract,
  'an idempotency key': idempotencyContract,
  'a change': changesContract,
  'a migration': migratingContract,
  'a scope': scopingContract,
  'a process beside or after it': survivingContract,
}

/** What every database behind the store must hold to. */
export function storeContract(name: string, open: OpenPlace): void {
  describe(`a store on ${name}`, () => {
    const stage = useStage(open)
    for (const [part, contract] of Object.entries(PARTS)) describe(part, () => contract(stage))
  })
}
