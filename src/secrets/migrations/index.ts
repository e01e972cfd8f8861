import type { Migrations } from '../../store/index.ts'
import * as tables from './0010_secrets_tables.ts'

export const secretMigrations: Migrations = { '0010_secrets_tables': tables }
