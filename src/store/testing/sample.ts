import type { Migrations } from '../migrate.ts'

/** Tables for the contract, with every type of column. */
export const sampleMigrations: Migrations = {
  '0001_sample_thing': {
    up: async ({ types, createTable }) => {
      await createTable('thing')
        .addColumn('id', types.id, (column) => column.primaryKey().notNull())
        .addColumn('count', types.integer)
        .addColumn('name', types.text)
        .addColumn('body', types.bytes)
        .addColumn('facts', types.json)
        .addColumn('share', types.real)
        .execute()
    },
  },
}

export type SampleTables = {
  thing: {
    id: string
    count?: number | null
    name?: string | null
    body?: Buffer | null
    facts?: string | null
    share?: number | null
  }
}
