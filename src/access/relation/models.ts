import type { Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Store } from '../../store/index.ts'
import { compileModel, type Model } from './compile-model.ts'
import { asModel } from './read-model.ts'
import { type RelationTables, type StateRow, tablesOf } from './tables.ts'

export const CHANGED = 'relations.model'
const MOST_MODELS = 1_000

/** The models of organizations, kept in memory. Each walk looks whether the one that it was given is still the one. */
export type Models = {
  /** The model that is known, at once: undefined when none is known, null when there is none. */
  readonly known: (organization: string) => Model | null | undefined
  readonly find: (organization: string) => Promise<Model | null>
  /** Reads it anew, with the revision it was read at. */
  readonly load: (organization: string) => Promise<{ readonly model: Model | null; readonly revision: number }>
  readonly stop: () => void
}

export function createModels(store: Store): Models {
  const cache = new LRUCache<string, { readonly model: Model | null }>({ max: MOST_MODELS })
  let changes = 0
  const stop = store.changes.subscribe(CHANGED, (organization) => {
    changes += 1
    if (organization === null) cache.clear()
    else cache.delete(organization)
  })

  async function load(organization: string) {
    const before = changes
    // What is kept must be there for all, in whatever scope it was asked for first.
    const row = await store.within(organization, () => stateOf(tablesOf(store), organization))
    const known = cache.peek(organization)?.model
    const model = row?.model == null ? null : known?.version === row.model_version ? known : modelOf(row)
    // What changed while it was read may be older than the change.
    if (before === changes) cache.set(organization, { model })
    return { model, revision: row?.revision ?? 0 }
  }

  return Object.freeze({
    known: (organization: string) => cache.get(organization)?.model,
    find: async (organization: string) => {
      const known = cache.get(organization)
      return known === undefined ? (await load(organization)).model : known.model
    },
    load,
    stop,
  })
}

export async function stateOf(tables: Kysely<RelationTables>, organization: string): Promise<StateRow | undefined> {
  return tables
    .selectFrom('access_relation_state')
    .selectAll()
    .where('organization', '=', organization)
    .executeTakeFirst()
}

function modelOf({ model, model_version }: StateRow): Model {
  const compiled = compileModel(asModel(JSON.parse(model ?? 'null')), model_version)
  if (compiled.model === null)
    throw new Error(`the stored model of relations cannot be used: ${compiled.faults[0]?.message}`)
  return compiled.model
}
