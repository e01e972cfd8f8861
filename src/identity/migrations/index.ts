import type { Migrations } from '../../store/index.ts'
import * as tables from './0300_identity_tables.ts'
import * as defaultOrganization from './0301_identity_default_organization.ts'
import * as impersonation from './0302_identity_impersonation.ts'
import * as keyWindows from './0310_identity_key_windows.ts'
import * as passkeys from './0320_identity_passkeys.ts'
import * as unconfirmed from './0330_identity_unconfirmed.ts'
import * as domains from './0340_identity_domains.ts'

export const identityMigrations: Migrations = {
  '0300_identity_tables': tables,
  '0301_identity_default_organization': defaultOrganization,
  '0302_identity_impersonation': impersonation,
  '0310_identity_key_windows': keyWindows,
  '0320_identity_passkeys': passkeys,
  '0330_identity_unconfirmed': unconfirmed,
  '0340_identity_domains': domains,
}
