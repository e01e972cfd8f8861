import {
  actorOf,
  type Caller,
  done,
  type EventInput,
  organizationOf,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import type { Transaction } from '../store/index.ts'
import { type CreatedWebhook, propertiesProblem, type WebhookDeps } from './create-webhook.ts'
import { removeDeliveriesOf } from './delivery.ts'
import { refuseNotice } from './problems.ts'
import { makeWebhookSecret } from './signature.ts'
import { tablesOf, type WebhookRow } from './tables.ts'
import { columnsOf, originOf, type Webhook, type WebhookProperties, webhookOf } from './webhook.ts'
import { beginToFollow, holdWebhook, updateWebhook } from './webhook-store.ts'

export type WebhookChange = Partial<WebhookProperties> & { readonly enabled?: boolean }
/** Which webhook, and the version that may be changed; null for whatever it is now. */
export type WebhookTarget = { readonly id: string; readonly version: number | null }

type Next = { readonly columns: Partial<WebhookRow>; readonly event: EventInput }

/**
 * Changes properties of a webhook, disables it, or enables it again: then it is told what happens from now on.
 *
 * Errors: `WEBHOOK_UNKNOWN`, `VERSION_STALE`, `INPUT_INVALID`.
 */
export function createChangeWebhook(deps: WebhookDeps) {
  return async (target: WebhookTarget, change: WebhookChange, caller: Caller): Promise<Result<Webhook>> => {
    const problem = propertiesProblem(deps, change)
    if (problem !== null) return refused(problem)
    const end = await deps.audit.end()
    return deps.store.write(async (tx) => {
      if (change.enabled === true) await beginToFollow(tx, end)
      return move(deps, tx, target, caller, (row, now) => changed(row, change, now))
    })
  }
}

function changed(row: WebhookRow, { enabled, ...properties }: WebhookChange, now: number): Next {
  const isTurned = enabled !== undefined && enabled !== (row.enabled === 1)
  const fields = [...Object.keys(properties), ...(isTurned ? ['enabled'] : [])].sort().join(' ')
  return {
    columns: { ...columnsOf({ ...webhookOf(row), ...properties }), ...(isTurned ? turned(enabled, now) : {}) },
    event: { type: 'webhook.changed', outcome: 'success', details: { fields } },
  }
}

function turned(enabled: boolean, now: number): Partial<WebhookRow> {
  if (!enabled) return { enabled: 0, disabled_reason: 'it was disabled by hand' }
  return { enabled: 1, disabled_reason: null, failures: 0, failing_since: null, since: now }
}

/**
 * Gives a webhook a new secret. For a while both sign, so that its receiver can change over without missing anything.
 *
 * @param overlapMs milliseconds that the former secret signs too; 0 ends it at once
 * @returns the webhook and the new secret, which is shown once. Errors: `WEBHOOK_UNKNOWN`, `VERSION_STALE`
 */
export function createRotateWebhookSecret(deps: WebhookDeps) {
  return async (target: WebhookTarget, overlapMs: number, caller: Caller): Promise<Result<CreatedWebhook>> => {
    const secret = makeWebhookSecret()
    const moved = await deps.store.write((tx) =>
      move(deps, tx, target, caller, (row, now) => resigned(deps, row, secret, now + overlapMs)),
    )
    return moved.ok ? done({ webhook: moved.value, secret }) : moved
  }
}

function resigned({ secrets }: WebhookDeps, row: WebhookRow, secret: Secret, until: number): Next {
  return {
    columns: { secret: secrets.seal(row.id, secret), former_secret: row.secret, former_until: until },
    event: {
      type: 'webhook.resigned',
      outcome: 'success',
      details: { formerUntil: new Date(until).toISOString() },
    },
  }
}

/** Removes a webhook and its deliveries for good. Errors: `WEBHOOK_UNKNOWN`, `VERSION_STALE`. */
export function createRemoveWebhook(deps: WebhookDeps) {
  return (target: WebhookTarget, caller: Caller): Promise<Result<null>> =>
    deps.store.write(async (tx) => {
      const row = await held(tx, target, caller)
      if ('code' in row) return refused(row)
      await tablesOf(tx).deleteFrom('webhook').where('id', '=', row.id).execute()
      await removeDeliveriesOf(tx, row.id)
      const details = { name: row.name, origin: originOf(row.url) }
      const event: EventInput = { type: 'webhook.removed', outcome: 'success', resource: row.id, details }
      await deps.audit.append(tx, { ...actorOf(caller), ...event })
      return done(null)
    })
}

async function move(
  deps: WebhookDeps,
  tx: Transaction,
  target: WebhookTarget,
  caller: Caller,
  next: (row: WebhookRow, now: number) => Next,
): Promise<Result<Webhook>> {
  const now = deps.clock.now()
  const row = await held(tx, target, caller)
  if ('code' in row) return refused(row)
  const { columns, event } = next(row, now)
  const changes = { ...columns, changed_at: now, changed_by: caller.principal.id, version: row.version + 1 }
  await updateWebhook(tx, row.id, changes)
  await deps.audit.append(tx, { ...actorOf(caller), ...event, resource: row.id })
  return done(webhookOf({ ...row, ...changes }))
}

async function held(tx: Transaction, { id, version }: WebhookTarget, caller: Caller): Promise<WebhookRow | Problem> {
  const row = await holdWebhook(tx, id, organizationOf(caller))
  if (row === null) return refuseNotice('WEBHOOK_UNKNOWN')
  return version === null || version === row.version ? row : refuseHttp('VERSION_STALE')
}
