import type { Resealer, Secrets } from '../secrets/index.ts'
import { tablesOf } from './tables.ts'

/** Bodies that let their reader in, sealed in their rows and bound to them. */
export type SealedBodies = {
  readonly seal: (id: string, text: string) => string
  readonly open: (id: string, sealed: string) => string
}

const PURPOSE = 'notices.mail'
const BATCH = 50

export async function openSealedBodies(secrets: Secrets): Promise<SealedBodies> {
  const box = await secrets.box(PURPOSE)
  secrets.resealWith(PURPOSE, resealBodies)
  return Object.freeze({
    seal: (id, text) => box.seal(text, contextOf(id)),
    open: (id, sealed) => box.open(sealed, contextOf(id)).toString('utf8'),
  } satisfies SealedBodies)
}

function contextOf(id: string): string {
  return `mail.body.${id}`
}

const resealBodies: Resealer = async (tx, reseal, after) => {
  const rows = await tablesOf(tx)
    .selectFrom('mail')
    .select(['id', 'body'])
    .where('sealed', '=', 1)
    .where('body', '!=', '')
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(BATCH)
    .execute()
  for (const { id, body } of rows) {
    await tablesOf(tx)
      .updateTable('mail')
      .set({ body: reseal(body, contextOf(id)) })
      .where('id', '=', id)
      // Sent meanwhile: then it is blank, and stays so.
      .where('body', '=', body)
      .execute()
  }
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}
