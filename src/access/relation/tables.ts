import type { Kysely } from 'kysely'

export type TupleRow = {
  organization: string
  object_type: string
  object_id: string
  relation: string
  /** Empty for one subject or everybody. */
  subject_relation: string
  subject_type: string
  /** `*` for everybody of the type. */
  subject_id: string
  expires_at: number | null
  created_at: number
}

/** One row for each organization: its model, and a number that every change of model or tuples raises. */
export type StateRow = {
  organization: string
  revision: number
  model: string | null
  model_version: number
  changed_at: number
  changed_by: string
}

export type RelationTables = { access_tuple: TupleRow; access_relation_state: StateRow }

export function tablesOf(source: { readonly tables: <T>() => Kysely<T> }): Kysely<RelationTables> {
  return source.tables<RelationTables>()
}
