import { expect, it } from 'vitest'
import type { Migrations } from '../migrate.ts'
import { OWN, type RowRules } from '../rows.ts'
import type { Store } from '../store.ts'
import type { Stage } from './stage.ts'

/** A table of organizations, and one that hangs on it, for tests of what is seen of them. */
export const noteMigrations: Migrations = {
  '0002_sample_note': {
    up: async ({ types, createTable }) => {
      await createTable('note')
        .addColumn('id', types.id, (column) => column.primaryKey().notNull())
        .addColumn('organization', types.id)
        .execute()
    },
  },
}

export const noteRules: RowRules = { note: OWN }

export type NoteTables = { note: { id: string; organization: string | null } }

export const withNotes = { migrations: noteMigrations, rows: noteRules }

export function addNote(store: Store, id: string, organization: string | null): Promise<void> {
  return store.write(async (tx) => {
    await tx.tables<NoteTables>().insertInto('note').values({ id, organization }).execute()
  })
}

/** The notes of an organization, asked as code asks: with a WHERE. */
export async function notesOf(store: Store, organization: string): Promise<string[]> {
  const query = store.tables<NoteTables>().selectFrom('note').select('id').where('organization', '=', organization)
  return (await query.orderBy('id').execute()).map(({ id }) => id)
}

export function scopingContract({ open }: Stage): void {
  it('gives work in one organization the rows of that organization', async () => {
    const store = await open(withNotes)
    await store.within('org_a', () => addNote(store, 'a', 'org_a'))
    await store.within('org_b', () => addNote(store, 'b', 'org_b'))
    expect(await store.within('org_a', () => notesOf(store, 'org_a'))).toEqual(['a'])
    expect(await store.within('org_b', () => notesOf(store, 'org_b'))).toEqual(['b'])
  })

  it('gives work across all the rows of every organization, and those of none', async () => {
    const store = await open(withNotes)
    await store.across('a test', async () => {
      await addNote(store, 'a', 'org_a')
      await addNote(store, 'b', null)
      const rows = await store.tables<NoteTables>().selectFrom('note').select('id').orderBy('id').execute()
      expect(rows.map(({ id }) => id)).toEqual(['a', 'b'])
    })
  })

  it('widens inside one organization only by saying so', async () => {
    const store = await open(withNotes)
    await store.across('a test', () => addNote(store, 'b', 'org_b'))
    const seen = await store.within('org_a', () => store.across('a test', () => notesOf(store, 'org_b')))
    expect(seen).toEqual(['b'])
    expect(() => store.within('org_a', () => store.within('org_b', () => null))).toThrow(
      'work in org_b was called inside work in org_a',
    )
  })

  it('narrows inside work across all, and stays inside one organization', async () => {
    const store = await open(withNotes)
    const inside = () => store.within('org_a', () => store.within('org_a', () => 'done'))
    expect(store.across('a test', inside)).toBe('done')
  })

  it('takes neither nothing nor everything for an organization', async () => {
    const store = await open(withNotes)
    for (const name of ['', '*']) expect(() => store.within(name, () => null)).toThrow('that is no organization')
  })
}
