import type { Migrations } from '../../store/index.ts'
import * as tables from './0100_keys_tables.ts'

export const keyMigrations: Migrations = { '0100_keys_tables': tables }
