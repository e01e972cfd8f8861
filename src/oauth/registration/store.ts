import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'

export type RegistrationTokenRow = {
  readonly id: string
  readonly organization: string
  readonly digest: Uint8Array
  readonly name: string | null
  readonly uses_left: number
  readonly expires_at: number
  readonly created_at: number
  readonly created_by: string
}

type RegistrationRow = {
  readonly client_id: string
  readonly digest: Uint8Array
  readonly sector_identifier_uri: string | null
}

type Tables = Kysely<{
  oauth_registration_token: RegistrationTokenRow
  oauth_registration: RegistrationRow
  oauth_client: { readonly id: string; readonly source: string }
}>

export function registrationTables(source: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): Tables {
  return source.tables()
}

/** Uses an initial access token once, if it is good and not used up: a compare-and-set. @returns its organization */
export async function useToken(tx: Transaction, digest: Uint8Array, now: number): Promise<string | null> {
  const row = await registrationTables(tx)
    .updateTable('oauth_registration_token')
    .set((it) => ({ uses_left: it('uses_left', '-', 1) }))
    .where('digest', '=', digest)
    .where('uses_left', '>', 0)
    .where('expires_at', '>', now)
    .returning('organization')
    .executeTakeFirst()
  return row?.organization ?? null
}

export async function countRegistered(tx: Transaction): Promise<number> {
  const { many } = await registrationTables(tx)
    .selectFrom('oauth_client')
    .select((it) => it.fn.countAll<number | bigint | string>().as('many'))
    .where('source', '=', 'registered')
    .executeTakeFirstOrThrow()
  return Number(many)
}

export async function insertRegistration(tx: Transaction, row: RegistrationRow): Promise<void> {
  await registrationTables(tx).insertInto('oauth_registration').values(row).execute()
}

export async function findRegistration(
  source: Pick<Store, 'tables'> | Transaction,
  clientId: string,
): Promise<RegistrationRow | null> {
  const all = registrationTables(source).selectFrom('oauth_registration').selectAll()
  return (await all.where('client_id', '=', clientId).executeTakeFirst()) ?? null
}

/** Replaces the token of a client, if it is still the one that was shown: a compare-and-set. */
export async function replaceRegistration(tx: Transaction, from: Uint8Array, to: RegistrationRow): Promise<boolean> {
  const { numUpdatedRows } = await registrationTables(tx)
    .updateTable('oauth_registration')
    .set({ digest: to.digest, sector_identifier_uri: to.sector_identifier_uri })
    .where('client_id', '=', to.client_id)
    .where('digest', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Forgets how a client looks after itself. */
export async function forgetRegistration(tx: Transaction, clientId: string): Promise<void> {
  await registrationTables(tx).deleteFrom('oauth_registration').where('client_id', '=', clientId).execute()
}

export async function deleteRegistration(tx: Transaction, clientId: string, digest: Uint8Array): Promise<boolean> {
  const { numDeletedRows } = await registrationTables(tx)
    .deleteFrom('oauth_registration')
    .where('client_id', '=', clientId)
    .where('digest', '=', digest)
    .executeTakeFirst()
  return numDeletedRows === 1n
}
