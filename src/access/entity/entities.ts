import type { Kysely } from 'kysely'
import { type Caller, type Clock, organizationOf } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { Entity } from './entity.ts'

type Row = {
  organization: string
  type: string
  id: string
  roles: string
  properties: string
  changed_at: number
  changed_by: string
}
type Tables = Kysely<{ access_entity: Row }>

/** Properties and roles of subjects and resources, which policies ask for (row A3). */
export type Entities = {
  /** Writes them over what was there. */
  readonly put: (entities: readonly Entity[], caller: Caller) => Promise<void>
  /** @returns whether there was one */
  readonly remove: (type: string, id: string, caller: Caller) => Promise<boolean>
  /** Of one type, last id first, continuing before an id. */
  readonly list: (
    type: string,
    part: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<Entity[]>
  readonly find: (organization: string, type: string, id: string) => Promise<Entity | null>
  /** Ids of one type in their order, continuing after one. */
  readonly idsAfter: (organization: string, type: string, after: string, limit: number) => Promise<readonly string[]>
}

export function createEntities({ store, clock }: { store: Store; clock: Clock }): Entities {
  const tables: Tables = store.tables()
  const ofType = (organization: string, type: string) =>
    tables.selectFrom('access_entity').selectAll().where('organization', '=', organization).where('type', '=', type)

  const put: Entities['put'] = async (entities, caller) => {
    const stamp = { organization: organizationOf(caller), changed_at: clock.now(), changed_by: caller.principal.id }
    await store.write(async (tx) => {
      const writing: Tables = tx.tables()
      for (const { type, id, ...known } of entities) {
        const told = { roles: JSON.stringify(known.roles), properties: JSON.stringify(known.properties) }
        await writing
          .insertInto('access_entity')
          .values({ type, id, ...told, ...stamp })
          .onConflict((conflict) => conflict.columns(['organization', 'type', 'id']).doUpdateSet({ ...told, ...stamp }))
          .execute()
      }
    })
  }

  const remove: Entities['remove'] = (type, id, caller) =>
    store.write(async (tx) => {
      const writing: Tables = tx.tables()
      const { numDeletedRows } = await writing
        .deleteFrom('access_entity')
        .where('organization', '=', organizationOf(caller))
        .where('type', '=', type)
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows > 0n
    })

  const list: Entities['list'] = async (type, { before, limit }, caller) => {
    const all = ofType(organizationOf(caller), type)
    const part = before === null ? all : all.where('id', '<', before)
    return (await part.orderBy('id', 'desc').limit(limit).execute()).map(entityOf)
  }

  const find: Entities['find'] = async (organization, type, id) => {
    const row = await ofType(organization, type).where('id', '=', id).executeTakeFirst()
    return row === undefined ? null : entityOf(row)
  }

  const idsAfter: Entities['idsAfter'] = async (organization, type, after, limit) => {
    const rows = await ofType(organization, type).where('id', '>', after).orderBy('id').limit(limit).execute()
    return rows.map(({ id }) => id)
  }

  return Object.freeze({ put, remove, list, find, idsAfter })
}

function entityOf({ type, id, roles, properties }: Row): Entity {
  return { type, id, roles: JSON.parse(roles), properties: JSON.parse(properties) }
}
