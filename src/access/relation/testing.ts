import type { World } from '../../../test/support/backends.ts'
import type { Audit } from '../../audit/index.ts'
import { type Caller, type Clock, type EventInput, type Result, systemClock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore } from '../../store/testing.ts'
import type { Consulted } from './consult.ts'
import type { IdPage } from './list-objects.ts'
import { relationMigrations } from './migrations/index.ts'
import { createRelations, type Relations } from './relations.ts'
import type { Tuple } from './tuple.ts'
import type { Written } from './write-tuples.ts'

/** Relations on a store of a test's own, and the events that they told. */
export type RelationsStage = {
  readonly store: Store
  readonly relations: Relations
  readonly events: readonly EventInput[]
  readonly callerOf: (organization: string) => Caller
  readonly write: (organization: string, tuples: readonly Tuple[]) => Promise<Result<Written>>
  /** The ids of all pages, or null where one was refused. */
  readonly allPages: (
    ask: (cursor: string | null) => Promise<Result<Consulted<IdPage>>>,
  ) => Promise<readonly string[] | null>
  readonly stop: () => Promise<void>
}

export async function openRelations(world: World, clock: Clock = systemClock): Promise<RelationsStage> {
  const store = await openTestStore(world, { migrations: relationMigrations, clock })
  const events: EventInput[] = []
  const audit = { append: async (_tx: unknown, event: EventInput) => void events.push(event) } as unknown as Audit
  const onError = (error: unknown) => {
    throw error
  }
  const relations = createRelations({ store, audit, clock, serves: false, onError })
  const callerOf = (organization: string): Caller => ({
    principal: { id: 'usr_test', kind: 'user', organization } as Caller['principal'],
    address: null,
    userAgent: null,
    requestId: null,
  })
  return Object.freeze({
    store,
    relations,
    events,
    callerOf,
    write: (organization, write) =>
      relations.write({ write, remove: [], mustExist: [], mustNotExist: [] }, callerOf(organization)),
    allPages: async (ask) => {
      const ids: string[] = []
      for (let cursor: string | null = null; ; ) {
        const page = await ask(cursor)
        if (!page.ok) return null
        ids.push(...page.value.value.ids)
        cursor = page.value.value.nextCursor
        if (cursor === null) return ids
      }
    },
    stop: async () => {
      await relations.stop()
      await store.close()
    },
  } satisfies RelationsStage)
}
