import { randomBytes } from 'node:crypto'
import type { Transaction } from '../../store/index.ts'
import { type PasskeyRow, type Tables, tablesOf } from '../tables.ts'
import { MOST_PASSKEYS, type Passkey } from './passkey.ts'

type Rest = Pick<
  Passkey,
  'kind' | 'transports' | 'aaguid' | 'backupEligible' | 'backedUp' | 'format' | 'attested' | 'discoverable'
>

/** 256 bits: nobody learns from it who it is (WebAuthn Level 3, section 14.6.1). */
const HANDLE_BYTES = 32

function passkeyOf(row: PasskeyRow): Passkey {
  const rest: Rest = JSON.parse(row.rest)
  return {
    id: row.id,
    personId: row.person_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: row.counter,
    name: row.name,
    ...rest,
    createdAt: row.created_at,
    usedAt: row.used_at,
    suspendedAt: row.suspended_at,
  }
}

function restOf({
  kind,
  transports,
  aaguid,
  backupEligible,
  backedUp,
  format,
  attested,
  discoverable,
}: Passkey): string {
  const rest: Rest = { kind, transports, aaguid, backupEligible, backedUp, format, attested, discoverable }
  return JSON.stringify(rest)
}

/** Inserts a passkey unless somebody has it: of many at once one does. @returns whether it was inserted */
export async function insertPasskey(tx: Transaction, passkey: Passkey): Promise<boolean> {
  const made = await tablesOf(tx)
    .insertInto('passkey')
    .values({
      id: passkey.id,
      person_id: passkey.personId,
      credential_id: passkey.credentialId,
      public_key: passkey.publicKey,
      counter: passkey.counter,
      name: passkey.name,
      created_at: passkey.createdAt,
      used_at: passkey.usedAt,
      suspended_at: passkey.suspendedAt,
      rest: restOf(passkey),
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst()
  return made !== undefined
}

/** The passkeys of somebody, newest first; there are never more than a person may have. */
export async function passkeysOf(db: Tables, personId: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('passkey')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('id', 'desc')
    .limit(MOST_PASSKEYS)
    .execute()
  return rows.map(passkeyOf)
}

export async function findPasskey(db: Tables, id: string, personId: string): Promise<Passkey | null> {
  const row = await db
    .selectFrom('passkey')
    .selectAll()
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row === undefined ? null : passkeyOf(row)
}

export async function findPasskeyByCredential(db: Tables, credentialId: string): Promise<Passkey | null> {
  const row = await db.selectFrom('passkey').selectAll().where('credential_id', '=', credentialId).executeTakeFirst()
  return row === undefined ? null : passkeyOf(row)
}

/** Writes a use if the counter rose since the last one, in one statement (`hasRisen`). @returns whether it did */
export async function countUse(
  tx: Transaction,
  passkey: Passkey,
  used: { counter: number; backedUp: boolean; at: number },
) {
  const { counter, backedUp, at } = used
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('passkey')
    .set({ counter, used_at: at, rest: restOf({ ...passkey, backedUp }) })
    .where('id', '=', passkey.id)
    .where('suspended_at', 'is', null)
    .where((row) => (counter === 0 ? row('counter', '=', 0) : row('counter', '<', counter)))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** @returns whether it was not suspended before */
export async function suspendPasskey(tx: Transaction, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('passkey')
    .set({ suspended_at: at })
    .where('id', '=', id)
    .where('suspended_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** @returns whether it was suspended */
export async function resumePasskey(tx: Transaction, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('passkey')
    .set({ suspended_at: null })
    .where('id', '=', id)
    .where('suspended_at', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function renamePasskey(tx: Transaction, id: string, name: string): Promise<void> {
  await tablesOf(tx).updateTable('passkey').set({ name }).where('id', '=', id).execute()
}

/** @returns whether it was there */
export async function deletePasskey(tx: Transaction, id: string): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx).deleteFrom('passkey').where('id', '=', id).executeTakeFirst()
  return numDeletedRows === 1n
}

/** The name under which authenticators know somebody; made when it is first needed, and never another. */
export async function handleOf(tx: Transaction, personId: string): Promise<string> {
  const handle = randomBytes(HANDLE_BYTES).toString('base64url')
  await tablesOf(tx)
    .insertInto('passkey_handle')
    .values({ person_id: personId, handle })
    .onConflict((conflict) => conflict.column('person_id').doNothing())
    .execute()
  return (await findHandle(tablesOf(tx), personId)) ?? handle
}

export async function findHandle(db: Tables, personId: string): Promise<string | null> {
  const row = await db
    .selectFrom('passkey_handle')
    .select('handle')
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row?.handle ?? null
}
