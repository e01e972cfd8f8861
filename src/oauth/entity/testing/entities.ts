import { afterAll, afterEach, beforeAll } from 'vitest'
import type { World } from '../../../../test/support/backends.ts'
import { createSecrets, type Secrets, secretMigrations } from '../../../secrets/index.ts'
import { testMaster } from '../../../secrets/testing.ts'
import type { Store, Transaction } from '../../../store/index.ts'
import { openTestStore, stoppedClock } from '../../../store/testing.ts'
import { oauthMigrations } from '../../migrations/index.ts'
import { type AdapterDeps, createAdapter } from '../adapter.ts'
import type { EntityRow, Model, OwnSession } from '../entity.ts'
import { createEntityMemory } from '../memory.ts'
import { ENTITY_PURPOSE, entitiesOf, resealEntities } from '../store.ts'

/** One process that keeps things for the protocol. */
export type Keeping = {
  readonly store: Store
  readonly secrets: Secrets
  readonly deps: AdapterDeps
  readonly of: (model: Model) => ReturnType<typeof createAdapter>
  /** Whose session the request that is answered belongs to from now on. */
  readonly answerFor: (own: OwnSession | null) => void
  /** The grants whose signed tokens were ended. */
  readonly ended: readonly string[]
  readonly rows: () => Promise<readonly EntityRow[]>
}

/** One place for a suite, empty for each test, and processes on it that share its keys and its clock. */
export function useEntities(open: () => Promise<World>) {
  const clock = stoppedClock()
  const master = testMaster()
  const closing: (() => Promise<void>)[] = []
  let world: World

  beforeAll(async () => {
    world = await open()
  })
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })
  afterAll(() => world?.close())

  async function start(onGrantEnd: (tx: Transaction) => Promise<void> = async () => undefined): Promise<Keeping> {
    const store = await openTestStore(world, { migrations: { ...secretMigrations, ...oauthMigrations }, clock })
    closing.push(store.close, () => empty(store))
    const secrets = await createSecrets({ store, clock, master, onError: fail })
    closing.push(secrets.stop)
    secrets.resealWith(ENTITY_PURPOSE, resealEntities)
    let own: OwnSession | null = null
    const ended: string[] = []
    const deps: AdapterDeps = {
      store,
      clock,
      box: await secrets.box(ENTITY_PURPOSE),
      memory: createEntityMemory(clock),
      settle: (write) => write,
      ownSession: () => own,
      sessionLives: async () => true,
      revokeSigned: async (tx, grantId) => {
        await onGrantEnd(tx)
        ended.push(grantId)
      },
    }
    return {
      store,
      secrets,
      deps,
      of: (model) => createAdapter(model, deps),
      answerFor: (next) => {
        own = next
      },
      ended,
      rows: () => entitiesOf(store).selectFrom('oauth_entity').selectAll().orderBy('digest').execute(),
    }
  }

  return { start, clock }
}

function empty(store: Store): Promise<void> {
  return store.write(async (tx) => {
    await entitiesOf(tx).deleteFrom('oauth_entity').execute()
  })
}

function fail(error: unknown): void {
  throw error
}
