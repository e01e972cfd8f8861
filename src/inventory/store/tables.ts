import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { Place } from '../learn/tally.ts'

/** An operation as it was seen. Times in milliseconds. */
export type PathRow = {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly first_at: number
  readonly last_at: number | null
  readonly allowed_at: number | null
  readonly declared_at: number | null
  readonly requests: number
  readonly allowed: number
  readonly status_2: number
  readonly status_3: number
  readonly status_4: number
  readonly status_5: number
}

/** A name that queries or bodies of an operation had. */
export type NameRow = {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly place: Place
  readonly name: string
  readonly first_at: number
  readonly last_at: number
  readonly requests: number
}

export type InventoryTables = Kysely<{ inventory_path: PathRow; inventory_name: NameRow }>

export function inventoryTables(from: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): InventoryTables {
  return from.tables()
}
