import type { Transaction } from '../../../store/index.ts'
import { type DomainRow, type Tables, tablesOf } from '../../tables.ts'
import type { Domain } from './domain.ts'

function domainOf(row: DomainRow): Domain {
  return {
    organization: row.organization,
    domain: row.domain,
    token: row.token,
    createdAt: row.created_at,
    verifiedAt: row.verified_at,
    checkedAt: row.checked_at === 0 ? null : row.checked_at,
    misses: row.misses,
  }
}

/** @returns whether it was not there yet */
export async function insertDomain(tx: Transaction, domain: Domain): Promise<boolean> {
  const made = await tablesOf(tx)
    .insertInto('organization_domain')
    .values({
      organization: domain.organization,
      domain: domain.domain,
      token: domain.token,
      created_at: domain.createdAt,
      verified_at: domain.verifiedAt,
      checked_at: domain.checkedAt ?? 0,
      misses: domain.misses,
    })
    .onConflict((conflict) => conflict.columns(['domain', 'organization']).doNothing())
    .returning('domain')
    .executeTakeFirst()
  return made !== undefined
}

export async function findDomain(db: Tables, organization: string, domain: string): Promise<Domain | null> {
  const row = await db
    .selectFrom('organization_domain')
    .selectAll()
    .where('domain', '=', domain)
    .where('organization', '=', organization)
    .executeTakeFirst()
  return row === undefined ? null : domainOf(row)
}

/** The organization that proved a domain; there is one at most. */
export async function findVerified(db: Tables, domain: string): Promise<Domain | null> {
  const row = await db
    .selectFrom('organization_domain')
    .selectAll()
    .where('domain', '=', domain)
    .where('verified_at', 'is not', null)
    .executeTakeFirst()
  return row === undefined ? null : domainOf(row)
}

/** By name; there are never more than an organization may claim. */
export async function domainsOf(db: Tables, organization: string): Promise<Domain[]> {
  const rows = await db
    .selectFrom('organization_domain')
    .selectAll()
    .where('organization', '=', organization)
    .orderBy('domain')
    .limit(100)
    .execute()
  return rows.map(domainOf)
}

/** Writes that the DNS proved a domain, if it is still claimed with the same token. @returns whether it is */
export async function markProved(tx: Transaction, { organization, domain, token }: Domain, now: number) {
  const row = await tablesOf(tx)
    .updateTable('organization_domain')
    .set((it) => ({ verified_at: it.fn.coalesce('verified_at', it.val(now)), checked_at: now, misses: 0 }))
    .where('domain', '=', domain)
    .where('organization', '=', organization)
    .where('token', '=', token)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : domainOf(row)
}

/** Writes what a later look-up came to, if nobody else wrote one meanwhile. @returns whether it did */
export async function writeCheck(
  tx: Transaction,
  domain: Domain,
  to: Pick<Domain, 'verifiedAt' | 'misses'> & { readonly checkedAt: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('organization_domain')
    .set({ verified_at: to.verifiedAt, misses: to.misses, checked_at: to.checkedAt })
    .where('domain', '=', domain.domain)
    .where('organization', '=', domain.organization)
    .where('token', '=', domain.token)
    .where('checked_at', '=', domain.checkedAt ?? 0)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Verified domains that were last looked up at a moment or before, those first that wait longest. */
export async function dueDomains(db: Tables, checkedBy: number, limit: number): Promise<Domain[]> {
  const rows = await db
    .selectFrom('organization_domain')
    .selectAll()
    .where('verified_at', 'is not', null)
    .where('checked_at', '<=', checkedBy)
    .orderBy('checked_at')
    .limit(limit)
    .execute()
  return rows.map(domainOf)
}

/** @returns whether it was there */
export async function deleteDomain(tx: Transaction, organization: string, domain: string): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx)
    .deleteFrom('organization_domain')
    .where('domain', '=', domain)
    .where('organization', '=', organization)
    .executeTakeFirst()
  return numDeletedRows === 1n
}
