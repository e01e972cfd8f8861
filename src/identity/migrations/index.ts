import type { Migrations } from '../../store/index.ts'
import * as tables from './0300_identity_tables.ts'
import * as defaultOrganization from './0301_identity_default_organization.ts'

export const identityMigrations: Migrations = {
  '0300_identity_tables': tables,
  '0301_identity_default_organization': defaultOrganization,
}
