import { Secret } from '../core/index.ts'
import type { Box, Resealer, Secrets } from '../secrets/index.ts'
import { tablesOf, type WebhookRow } from './tables.ts'

/** The secrets that webhooks are signed with, sealed in their rows and bound to them. */
export type WebhookSecrets = {
  readonly seal: (webhookId: string, secret: Secret) => string
  /** What signs now, newest first: the former secret too, while it is not over. */
  readonly of: (
    row: Pick<WebhookRow, 'id' | 'secret' | 'former_secret' | 'former_until'>,
    now: number,
  ) => readonly Secret[]
}

const PURPOSE = 'notices.webhook'
const BATCH = 50

export async function openWebhookSecrets(secrets: Secrets): Promise<WebhookSecrets> {
  const box: Box = await secrets.box(PURPOSE)
  secrets.resealWith(PURPOSE, resealWebhooks)
  const open = (id: string, sealed: string) => new Secret(box.open(sealed, contextOf(id)).toString('utf8'))
  return Object.freeze({
    seal: (id, secret) => box.seal(secret.reveal(), contextOf(id)),
    of: ({ id, secret, former_secret: former, former_until: until }, now) => {
      const both = former !== null && until !== null && now < until
      return both ? [open(id, secret), open(id, former)] : [open(id, secret)]
    },
  } satisfies WebhookSecrets)
}

function contextOf(id: string): string {
  return `webhook.secret.${id}`
}

const resealWebhooks: Resealer = async (tx, reseal, after) => {
  const rows = await tablesOf(tx)
    .selectFrom('webhook')
    .select(['id', 'secret', 'former_secret'])
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(BATCH)
    .execute()
  for (const { id, secret, former_secret: former } of rows) {
    await tablesOf(tx)
      .updateTable('webhook')
      .set({
        secret: reseal(secret, contextOf(id)),
        former_secret: former === null ? null : reseal(former, contextOf(id)),
      })
      .where('id', '=', id)
      .execute()
  }
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}
