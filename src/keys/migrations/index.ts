import type { Migrations } from '../../store/index.ts'
import * as tables from './0100_keys_tables.ts'
import * as grants from './0110_keys_grants.ts'
import * as rotation from './0120_keys_rotation.ts'
import * as expiry from './0132_keys_expiry.ts'
import * as insight from './0140_keys_insight.ts'
import * as foreign from './0150_keys_foreign.ts'
import * as lists from './0160_keys_lists.ts'
import * as placed from './0170_keys_placed_by_hand.ts'
import * as signature from './0630_keys_signature.ts'

export const keyMigrations: Migrations = {
  '0100_keys_tables': tables,
  '0110_keys_grants': grants,
  '0120_keys_rotation': rotation,
  '0132_keys_expiry': expiry,
  '0140_keys_insight': insight,
  '0150_keys_foreign': foreign,
  '0160_keys_lists': lists,
  '0170_keys_placed_by_hand': placed,
  '0630_keys_signature': signature,
}
