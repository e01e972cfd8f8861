import type { Transaction } from '../../../store/index.ts'
import { emailKeyOf, type Language } from '../../person/person.ts'
import { type InvitationRow, type Tables, tablesOf } from '../../tables.ts'
import type { Invitation } from './invitation.ts'

function invitationOf(row: InvitationRow): Invitation {
  return {
    id: row.id,
    organization: row.organization,
    email: row.email,
    roles: JSON.parse(row.roles),
    language: row.language as Language,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    acceptedAt: row.accepted_at,
    revokedAt: row.revoked_at,
  }
}

export async function insertInvitation(tx: Transaction, invitation: Invitation, digest: Uint8Array): Promise<void> {
  await tablesOf(tx)
    .insertInto('invitation')
    .values({
      id: invitation.id,
      organization: invitation.organization,
      email: invitation.email,
      email_key: emailKeyOf(invitation.email),
      digest,
      roles: JSON.stringify(invitation.roles),
      language: invitation.language,
      created_at: invitation.createdAt,
      created_by: invitation.createdBy,
      expires_at: invitation.expiresAt,
      accepted_at: invitation.acceptedAt,
      revoked_at: invitation.revokedAt,
    })
    .execute()
}

export async function findInvitation(db: Tables, organization: string, id: string): Promise<Invitation | null> {
  const row = await db
    .selectFrom('invitation')
    .selectAll()
    .where('organization', '=', organization)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : invitationOf(row)
}

/** Newest first, continuing before an id. */
export async function listInvitations(
  db: Tables,
  organization: string,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<Invitation[]> {
  const all = db.selectFrom('invitation').selectAll().where('organization', '=', organization)
  const rows = await (before === null ? all : all.where('id', '<', before)).orderBy('id', 'desc').limit(limit).execute()
  return rows.map(invitationOf)
}

/** Invitations that could be accepted now. */
export async function countOpenInvitations(db: Tables, organization: string, now: number): Promise<number> {
  const { open } = await db
    .selectFrom('invitation')
    .select((row) => row.fn.countAll<number>().as('open'))
    .where('organization', '=', organization)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return Number(open)
}

/** The invitation of a link that still stands, in an organization that works; null otherwise. */
export async function findStanding(db: Tables, digest: Uint8Array, now: number): Promise<Invitation | null> {
  const row = await db
    .selectFrom('invitation')
    .innerJoin('organization', 'organization.id', 'invitation.organization')
    .selectAll('invitation')
    .where('invitation.digest', '=', digest)
    .where('invitation.accepted_at', 'is', null)
    .where('invitation.revoked_at', 'is', null)
    .where('invitation.expires_at', '>', now)
    .where('organization.enabled', '=', 1)
    .executeTakeFirst()
  return row === undefined ? null : invitationOf(row)
}

/** Takes an invitation: of many at once one does. Null when it stands no more. */
export async function takeInvitation(tx: Transaction, digest: Uint8Array, now: number): Promise<Invitation | null> {
  const row = await tablesOf(tx)
    .updateTable('invitation')
    .set({ accepted_at: now })
    .where('digest', '=', digest)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : invitationOf(row)
}

/** Gives an invitation another link and another end; the former link is dead. Null when it was accepted or revoked. */
export async function renewInvitation(
  tx: Transaction,
  { organization, id }: Pick<Invitation, 'organization' | 'id'>,
  to: { readonly digest: Uint8Array; readonly expiresAt: number },
): Promise<Invitation | null> {
  const row = await tablesOf(tx)
    .updateTable('invitation')
    .set({ digest: to.digest, expires_at: to.expiresAt })
    .where('organization', '=', organization)
    .where('id', '=', id)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : invitationOf(row)
}

/** @returns whether this call revoked it */
export async function revokeInvitation(
  tx: Transaction,
  organization: string,
  id: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('invitation')
    .set({ revoked_at: now })
    .where('organization', '=', organization)
    .where('id', '=', id)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Revokes what was sent to one address before. @returns how many there were */
export async function revokeInvitationsTo(
  tx: Transaction,
  organization: string,
  email: string,
  now: number,
): Promise<number> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('invitation')
    .set({ revoked_at: now })
    .where('organization', '=', organization)
    .where('email_key', '=', emailKeyOf(email))
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** Revokes what one person sent. @returns how many there were */
export async function revokeInvitationsBy(
  tx: Transaction,
  organization: string,
  personId: string,
  now: number,
): Promise<number> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('invitation')
    .set({ revoked_at: now })
    .where('organization', '=', organization)
    .where('created_by', '=', personId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** Deletes invitations that could not be accepted any more at a moment, whatever became of them. */
export async function deleteOldInvitations(tx: Transaction, before: number): Promise<void> {
  await tablesOf(tx).deleteFrom('invitation').where('expires_at', '<=', before).execute()
}
