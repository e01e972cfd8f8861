import { type Caller, done, organizationOf, type Problem, type Result, refused, type Secret } from '../../core/index.ts'
import { answerRepeat, type Idempotency, refuseHttp } from '../../http/index.ts'
import { claimIdempotency, type Transaction } from '../../store/index.ts'
import { type ClientTarget, targeted, written } from './change.ts'
import { type ClientSecret, MOST_SECRETS, type OauthClient, secretsAt, usesSecret } from './client.ts'
import type { ClientDeps } from './deps.ts'
import { exceededProblem } from './grants.ts'
import { makeSecret } from './make-secret.ts'
import { refuseClient } from './problems.ts'
import { expiryFaults } from './secret-expiry.ts'
import { deleteSecrets, endSecret, holdClient } from './store.ts'
import { tellClient } from './tell.ts'

export type NewSecret = {
  /** Milliseconds; null for a secret that does not end by itself. */
  readonly expiresAt: number | null
  /** After how many milliseconds the secret that was there before ends; null leaves it as it is. */
  readonly graceMs: number | null
}

/** `secret` is there once: a repeat (same Idempotency-Key) answers the client without it. */
export type AddedSecret = { readonly client: OauthClient; readonly secret: Secret | null; readonly repeated: boolean }

/** Adds a secret to a client; see `Clients.addSecret`. */
export function createSecretAdd(deps: ClientDeps) {
  return async (
    target: ClientTarget,
    wish: NewSecret,
    caller: Caller,
    idempotency: Idempotency | null,
  ): Promise<Result<AddedSecret>> => {
    const stale = await deps.freshProblem(caller)
    if (stale !== null) return refused(stale)
    return deps.store.write((tx) => addWithin(deps, tx, { target, wish, caller, idempotency }))
  }
}

type Asked = {
  readonly target: ClientTarget
  readonly wish: NewSecret
  readonly caller: Caller
  readonly idempotency: Idempotency | null
}

async function addWithin(deps: ClientDeps, tx: Transaction, asked: Asked): Promise<Result<AddedSecret>> {
  const { target, wish, caller, idempotency } = asked
  const now = deps.clock.now()
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: target.id, now })
  const repeat = await answerRepeat(idempotency, claim, (ref) => addedBefore(tx, ref, caller))
  if (repeat !== null) return repeat
  const found = await targeted(tx, target, caller)
  if (!found.ok) return found
  const problem = addProblem(deps, found.value, wish, now, caller)
  if (problem !== null) return refused(problem)
  const rest = await makeRoom(tx, found.value, wish, now)
  const { secret, text } = await makeSecret(deps, tx, found.value, wish.expiresAt, caller)
  const client = await written(deps, tx, found.value, { ...found.value, secrets: [...rest, secret] }, caller)
  return client.ok ? done({ client: client.value, secret: text, repeated: false }) : client
}

function addProblem(
  deps: ClientDeps,
  client: OauthClient,
  { expiresAt }: NewSecret,
  now: number,
  caller: Caller,
): Problem | null {
  if (!usesSecret(client)) return refuseClient('CLIENT_SECRET_UNUSED')
  const errors = expiresAt === null ? [] : expiryFaults('expiresAt', expiresAt, now)
  if (errors.length > 0) return refuseHttp('INPUT_INVALID', { errors })
  if (secretsAt(client.secrets, now).length >= MOST_SECRETS) return refuseClient('CLIENT_SECRETS_FULL')
  return exceededProblem(deps, client, client, true, caller)
}

// What has ended makes room; what stays ends after its grace, or sooner where it was to.
async function makeRoom(
  tx: Transaction,
  client: OauthClient,
  { graceMs }: NewSecret,
  now: number,
): Promise<ClientSecret[]> {
  const staying = secretsAt(client.secrets, now)
  await deleteSecrets(
    tx,
    client.secrets.filter((secret) => !staying.includes(secret)).map(({ id }) => id),
  )
  if (graceMs === null) return [...staying]
  const ending = staying.map((secret) => ({
    ...secret,
    expiresAt: Math.min(secret.expiresAt ?? Infinity, now + graceMs),
  }))
  for (const { id, expiresAt } of ending) await endSecret(tx, id, expiresAt)
  return ending
}

async function addedBefore(tx: Transaction, id: string, caller: Caller): Promise<Result<AddedSecret>> {
  const client = await holdClient(tx, id, organizationOf(caller))
  if (client === null) return refused(refuseClient('CLIENT_UNKNOWN'))
  return done({ client, secret: null, repeated: true })
}

/** Revokes a secret of a client; see `Clients.revokeSecret`. */
export function createSecretRevoke(deps: ClientDeps) {
  return (target: ClientTarget, secretId: string, caller: Caller): Promise<Result<OauthClient>> =>
    deps.store.write(async (tx) => {
      const found = await targeted(tx, target, caller)
      if (!found.ok) return found
      const client = found.value
      if (!client.secrets.some(({ id }) => id === secretId)) return refused(refuseClient('CLIENT_SECRET_UNKNOWN'))
      await deleteSecrets(tx, [secretId])
      const details = { secretId, reason: 'revoked' }
      await tellClient(deps, tx, client, caller, { type: 'client.secret_revoked', outcome: 'success', details })
      const secrets = client.secrets.filter(({ id }) => id !== secretId)
      return written(deps, tx, client, { ...client, secrets }, caller)
    })
}
