import type { Migrations } from '../../store/index.ts'
import * as tables from './0100_keys_tables.ts'
import * as rotation from './0120_keys_rotation.ts'
import * as lists from './0160_keys_lists.ts'

export const keyMigrations: Migrations = {
  '0100_keys_tables': tables,
  '0120_keys_rotation': rotation,
  '0160_keys_lists': lists,
}
