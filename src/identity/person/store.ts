import type { Insertable } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { MembershipRow, PersonRow, Tables } from '../tables.ts'
import { tablesOf } from '../tables.ts'
import { emailKeyOf, type Language, type Membership, type Person } from './person.ts'

type Rest = { readonly phone?: string; readonly phoneVerifiedAt?: number }

export function personOf(row: PersonRow): Person {
  const rest: Rest = JSON.parse(row.rest)
  return {
    id: row.id,
    organization: row.organization,
    email: row.email,
    verifiedAt: row.verified_at,
    name: row.name,
    language: row.language as Language,
    enabled: row.enabled === 1,
    lockedUntil: row.locked_until,
    phone: rest.phone ?? null,
    phoneVerifiedAt: rest.phoneVerifiedAt ?? null,
    lastSignInAt: row.last_sign_in_at,
    signIns: row.sign_ins,
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    version: row.version,
  }
}

function rowOf(person: Person): Insertable<PersonRow> {
  return {
    id: person.id,
    organization: person.organization,
    email: person.email,
    email_key: emailKeyOf(person.email),
    verified_at: person.verifiedAt,
    name: person.name,
    language: person.language,
    enabled: person.enabled ? 1 : 0,
    locked_until: person.lockedUntil,
    last_sign_in_at: person.lastSignInAt,
    sign_ins: person.signIns,
    created_at: person.createdAt,
    created_by: person.createdBy,
    changed_at: person.changedAt,
    changed_by: person.changedBy,
    version: person.version,
    rest: JSON.stringify({
      ...(person.phone === null ? {} : { phone: person.phone }),
      ...(person.phoneVerifiedAt === null ? {} : { phoneVerifiedAt: person.phoneVerifiedAt }),
    } satisfies Rest),
  }
}

/** Inserts a person unless the address is taken: of many at once one succeeds. @returns whether it did */
export async function insertPerson(tx: Transaction, person: Person): Promise<boolean> {
  const made = await tablesOf(tx)
    .insertInto('person')
    .values(rowOf(person))
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return made !== undefined
}

/** Writes a changed person if it is still at the version that was read: a compare-and-set. */
export async function updatePerson(tx: Transaction, person: Person, from: number): Promise<boolean> {
  const { id, organization, created_at, created_by, last_sign_in_at, sign_ins, ...columns } = rowOf(person)
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('person')
    .set(columns)
    .where('id', '=', id)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function findPerson(db: Tables, id: string): Promise<Person | null> {
  const row = await db.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : personOf(row)
}

/** The person of an address, however it is spelt; null when there is none. */
export async function findPersonByEmail(db: Tables, email: string): Promise<Person | null> {
  const row = await db.selectFrom('person').selectAll().where('email_key', '=', emailKeyOf(email)).executeTakeFirst()
  return row === undefined ? null : personOf(row)
}

/** Reads a person to change it. On PostgreSQL the row is held until the transaction ends. */
export async function holdPerson(tx: Transaction, id: string): Promise<Person | null> {
  const query = tablesOf(tx).selectFrom('person').selectAll().where('id', '=', id)
  const row = await (tx.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  return row === undefined ? null : personOf(row)
}

export async function insertMembership(tx: Transaction, membership: Membership): Promise<boolean> {
  const made = await tablesOf(tx)
    .insertInto('membership')
    .values(membershipRow(membership))
    .onConflict((conflict) => conflict.columns(['person_id', 'organization']).doNothing())
    .returning('person_id')
    .executeTakeFirst()
  return made !== undefined
}

/** Writes what somebody was granted if it is still at the version that was read: a compare-and-set. */
export async function updateMembership(tx: Transaction, membership: Membership, from: number): Promise<boolean> {
  const { roles, scopes, permissions, version } = membershipRow(membership)
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('membership')
    .set({ roles, scopes, permissions, version })
    .where('person_id', '=', membership.personId)
    .where('organization', '=', membership.organization)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function findMembership(db: Tables, personId: string, organization: string): Promise<Membership | null> {
  const row = await db
    .selectFrom('membership')
    .selectAll()
    .where('person_id', '=', personId)
    .where('organization', '=', organization)
    .executeTakeFirst()
  return row === undefined ? null : membershipOf(row)
}

/** Every organization that somebody belongs to; they are few. */
export async function membershipsOf(db: Tables, personId: string): Promise<Membership[]> {
  const rows = await db
    .selectFrom('membership')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('organization')
    .limit(1000)
    .execute()
  return rows.map(membershipOf)
}

export function membershipOf(row: MembershipRow): Membership {
  return {
    personId: row.person_id,
    organization: row.organization,
    roles: JSON.parse(row.roles),
    scopes: JSON.parse(row.scopes),
    permissions: JSON.parse(row.permissions),
    createdAt: row.created_at,
    createdBy: row.created_by,
    version: row.version,
  }
}

export function membershipRow(membership: Membership): MembershipRow {
  return {
    person_id: membership.personId,
    organization: membership.organization,
    roles: JSON.stringify(membership.roles),
    scopes: JSON.stringify(membership.scopes),
    permissions: JSON.stringify(membership.permissions),
    created_at: membership.createdAt,
    created_by: membership.createdBy,
    version: membership.version,
  }
}
