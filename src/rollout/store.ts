import type { WrittenGateway } from '../config/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { tablesOf, type VersionRow } from './tables.ts'
import { type Cause, MOST_VERSIONS, type Version } from './version.ts'

type Within = Pick<Store, 'tables'> | Pick<Transaction, 'tables'>

/** The version that was made last, or null. */
export async function newestVersion(within: Within): Promise<Version | null> {
  const row = await tablesOf(within)
    .selectFrom('gateway_version')
    .selectAll()
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : versionOf(row)
}

export async function findVersion(within: Within, version: number): Promise<Version | null> {
  const row = await tablesOf(within)
    .selectFrom('gateway_version')
    .selectAll()
    .where('version', '=', version)
    .executeTakeFirst()
  return row === undefined ? null : versionOf(row)
}

/** Versions, newest first, continuing before one. */
export async function listVersions(
  within: Within,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<Version[]> {
  const all = tablesOf(within).selectFrom('gateway_version').selectAll()
  const rows = await (before === null ? all : all.where('version', '<', before))
    .orderBy('version', 'desc')
    .limit(limit)
    .execute()
  return rows.map(versionOf)
}

/** Writes a version if nobody else made it, and forgets what is too old. False when somebody did: a compare-and-set. */
export async function insertVersion(tx: Transaction, made: Version): Promise<boolean> {
  const { version, gateway, digest, cause, changed, at, by } = made
  const row: VersionRow = {
    version,
    content: JSON.stringify(gateway),
    digest,
    cause,
    changed: JSON.stringify(changed),
    created_at: at,
    created_by: by,
  }
  const { numInsertedOrUpdatedRows } = await tablesOf(tx)
    .insertInto('gateway_version')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows !== 1n) return false
  await tablesOf(tx)
    .deleteFrom('gateway_version')
    .where('version', '<=', version - MOST_VERSIONS)
    .execute()
  return true
}

function versionOf(row: VersionRow): Version {
  const { version, digest, cause, content, changed, created_at, created_by } = row
  return Object.freeze({
    version,
    gateway: JSON.parse(content) as WrittenGateway,
    digest,
    cause: cause as Cause,
    changed: JSON.parse(changed) as readonly string[],
    at: created_at,
    by: created_by,
  })
}
