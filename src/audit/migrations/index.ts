import type { Migrations } from '../../store/index.ts'
import * as tables from './0020_audit_tables.ts'

export const auditMigrations: Migrations = { '0020_audit_tables': tables }
