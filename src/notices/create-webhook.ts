import type { Audit } from '../audit/index.ts'
import {
  actorOf,
  type Caller,
  type Clock,
  createId,
  done,
  type FieldError,
  organizationOf,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../core/index.ts'
import { answerRepeat, type Idempotency, refuseHttp } from '../http/index.ts'
import { claimIdempotency, type Store, type Transaction } from '../store/index.ts'
import { isMailAddress } from './address.ts'
import { refuseNotice } from './problems.ts'
import type { WebhookSettings } from './settings.ts'
import { makeWebhookSecret } from './signature.ts'
import type { Catalog } from './subscription.ts'
import { tablesOf, type WebhookRow } from './tables.ts'
import type { WayOut } from './way-out.ts'
import { columnsOf, originOf, type Webhook, type WebhookProperties, webhookOf } from './webhook.ts'
import type { WebhookSecrets } from './webhook-secrets.ts'
import { beginToFollow, findWebhook } from './webhook-store.ts'

/** What the verbs about webhooks are given. */
export type WebhookDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly settings: WebhookSettings
  readonly catalog: Catalog
  readonly wayOut: WayOut
  readonly secrets: WebhookSecrets
}

/** A webhook and its secret, which is shown once; null when a creation was repeated. */
export type CreatedWebhook = { readonly webhook: Webhook; readonly secret: Secret | null }

/**
 * Makes a webhook. It is told what happens from now on.
 *
 * Errors: `INPUT_INVALID`, `WEBHOOKS_TOO_MANY`, `IDEMPOTENCY_KEY_REUSED`.
 */
export function createCreateWebhook(deps: WebhookDeps) {
  return async (
    input: WebhookProperties,
    caller: Caller,
    idempotency: Idempotency | null,
  ): Promise<Result<CreatedWebhook>> => {
    const problem = propertiesProblem(deps, input)
    if (problem !== null) return refused(problem)
    const end = await deps.audit.end()
    return deps.store.write(async (tx) => {
      const now = deps.clock.now()
      const id = createId('whk', now)
      const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
      const repeat = await answerRepeat(idempotency, claim, (ref) => createdBefore(tx, ref, caller))
      if (repeat !== null) return repeat
      await beginToFollow(tx, end)
      if (await isFull(tx, deps.settings.most, caller)) return refused(refuseNotice('WEBHOOKS_TOO_MANY'))
      return done(await insert(deps, tx, id, input, now, caller))
    })
  }
}

async function createdBefore(tx: Transaction, id: string, caller: Caller): Promise<Result<CreatedWebhook>> {
  const row = await findWebhook(tx, id, organizationOf(caller))
  return row === null ? refused(refuseNotice('WEBHOOK_UNKNOWN')) : done({ webhook: webhookOf(row), secret: null })
}

async function isFull(tx: Transaction, most: number, caller: Caller): Promise<boolean> {
  const { count } = await tablesOf(tx)
    .selectFrom('webhook')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('organization', '=', organizationOf(caller))
    .executeTakeFirstOrThrow()
  return Number(count) >= most
}

async function insert(
  deps: WebhookDeps,
  tx: Transaction,
  id: string,
  input: WebhookProperties,
  now: number,
  caller: Caller,
): Promise<CreatedWebhook> {
  const secret = makeWebhookSecret()
  const row: WebhookRow = {
    ...columnsOf(input),
    ...FRESH,
    id,
    organization: organizationOf(caller),
    secret: deps.secrets.seal(id, secret),
    since: now,
    created_at: now,
    created_by: caller.principal.id,
    changed_at: now,
    changed_by: caller.principal.id,
  }
  await tablesOf(tx).insertInto('webhook').values(row).execute()
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: 'webhook.created',
    outcome: 'success',
    resource: id,
    details: { name: input.name, origin: originOf(input.url), events: input.events.join(' ') },
  })
  return { webhook: webhookOf(row), secret }
}

const FRESH = {
  former_secret: null,
  former_until: null,
  enabled: 1,
  disabled_reason: null,
  failures: 0,
  failing_since: null,
  dropped: 0,
  version: 1,
} as const

/** What is wrong with the properties of a webhook, every field at once, or null. */
export function propertiesProblem(
  { catalog, wayOut }: Pick<WebhookDeps, 'catalog' | 'wayOut'>,
  { url, events, contacts }: Partial<WebhookProperties>,
): Problem | null {
  const faults: FieldError[] = [
    ...faultAt('url', url === undefined ? null : wayOut.fault(url)),
    ...(events ?? []).flatMap((pattern, i) => faultAt(`events.${i}`, catalog.fault(pattern))),
    ...(contacts ?? []).flatMap((address, i) =>
      faultAt(`contacts.${i}`, isMailAddress(address) ? null : 'must be a mail address'),
    ),
  ]
  return faults.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors: faults })
}

function faultAt(path: string, message: string | null): FieldError[] {
  return message === null ? [] : [{ path, message }]
}
