import { accessMigrations, accessRows, relationMigrations } from '../access/index.ts'
import { auditMigrations } from '../audit/index.ts'
import { identityMigrations, identityRows } from '../identity/index.ts'
import { inventoryMigrations } from '../inventory/index.ts'
import { keyMigrations, keyRows } from '../keys/index.ts'
import { noticeMigrations, noticeRows } from '../notices/index.ts'
import { oauthMigrations, oauthRows } from '../oauth/index.ts'
import { rolloutMigrations } from '../rollout/index.ts'
import { secretMigrations } from '../secrets/index.ts'

/** The tables of all modules, as they came to be. */
export const allMigrations = {
  ...secretMigrations,
  ...auditMigrations,
  ...keyMigrations,
  ...noticeMigrations,
  ...oauthMigrations,
  ...identityMigrations,
  ...accessMigrations,
  ...relationMigrations,
  ...rolloutMigrations,
  ...inventoryMigrations,
}

/** Whose the rows of all tables are. */
export const allRows = { ...keyRows, ...noticeRows, ...oauthRows, ...identityRows, ...accessRows }
