import type { Migrations } from '../../store/index.ts'
import * as tables from './0100_keys_tables.ts'
import * as grants from './0110_keys_grants.ts'
import * as rotation from './0120_keys_rotation.ts'
import * as insight from './0140_keys_insight.ts'
import * as lists from './0160_keys_lists.ts'

export const keyMigrations: Migrations = {
  '0100_keys_tables': tables,
  '0110_keys_grants': grants,
  '0120_keys_rotation': rotation,
  '0140_keys_insight': insight,
  '0160_keys_lists': lists,
}
