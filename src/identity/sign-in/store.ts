import type { Transaction } from '../../store/index.ts'
import { type SignInRow, type Tables, tablesOf } from '../tables.ts'
import type { SignIn } from './sign-in.ts'

type Rest = Pick<SignIn, 'email' | 'organization' | 'proofs' | 'wanted'>

function signInOf(row: SignInRow): SignIn {
  const rest: Rest = JSON.parse(row.rest)
  return {
    id: row.id,
    personId: row.person_id,
    ...rest,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    version: row.version,
  }
}

function restOf({ email, organization, proofs, wanted }: SignIn): string {
  return JSON.stringify({ email, organization, proofs, wanted } satisfies Rest)
}

export async function insertSignIn(tx: Transaction, signIn: SignIn, digest: Uint8Array): Promise<void> {
  await tablesOf(tx)
    .insertInto('sign_in')
    .values({
      id: signIn.id,
      digest,
      person_id: signIn.personId,
      created_at: signIn.createdAt,
      expires_at: signIn.expiresAt,
      version: signIn.version,
      rest: restOf(signIn),
    })
    .execute()
}

/** Writes what was proved if the sign-in is still at the version that was read: a compare-and-set. */
export async function updateSignIn(tx: Transaction, signIn: SignIn, from: number): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('sign_in')
    .set({ person_id: signIn.personId, version: signIn.version, rest: restOf(signIn) })
    .where('id', '=', signIn.id)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Takes a sign-in away: of many that finish it at once one does. @returns whether this one did */
export async function takeSignIn(tx: Transaction, id: string, version: number): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx)
    .deleteFrom('sign_in')
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

export async function findSignIn(db: Tables, digest: Uint8Array, now: number): Promise<SignIn | null> {
  const row = await db
    .selectFrom('sign_in')
    .selectAll()
    .where('digest', '=', digest)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row === undefined ? null : signInOf(row)
}

/** Ends what somebody had begun, as after a change of their password, but for one where that is told. */
export async function deleteSignInsOf(tx: Transaction, personId: string, but?: string): Promise<void> {
  const begun = tablesOf(tx).deleteFrom('sign_in').where('person_id', '=', personId)
  await (but === undefined ? begun : begun.where('id', '!=', but)).execute()
}
