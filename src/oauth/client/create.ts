import {
  type Caller,
  createId,
  done,
  type FieldError,
  organizationOf,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../../core/index.ts'
import { answerRepeat, type Idempotency, refuseHttp } from '../../http/index.ts'
import { claimIdempotency, type Transaction } from '../../store/index.ts'
import { type ClientSettings, type ClientSource, type OauthClient, usesSecret } from './client.ts'
import type { ClientDeps } from './deps.ts'
import { clientFaults } from './faults.ts'
import { exceededProblem, unknownFaults } from './grants.ts'
import { makeSecret } from './make-secret.ts'
import { refuseClient } from './problems.ts'
import { expiryFaults } from './secret-expiry.ts'
import { serverFaults } from './server-faults.ts'
import { type SaidSettings, settingsOf } from './settings.ts'
import { holdClient, insertClient } from './store.ts'
import { CLIENT_TOPIC, tellClient } from './tell.ts'

export type NewClient = {
  readonly settings: SaidSettings
  /** When its first secret ends, in milliseconds; null for never. */
  readonly secretExpiresAt: number | null
  readonly source: ClientSource
}

/** `secret` is there once: a repeated creation (same Idempotency-Key) answers the client without it. */
export type CreatedClient = { readonly client: OauthClient; readonly secret: Secret | null; readonly repeated: boolean }

/** Registers clients; see `Clients.create`. */
export function createClientMake(deps: ClientDeps) {
  return async (wish: NewClient, caller: Caller, idempotency: Idempotency | null): Promise<Result<CreatedClient>> => {
    const settings = settingsOf(wish.settings)
    const problem = (await deps.freshProblem(caller)) ?? wishProblem(deps, wish, settings, caller)
    if (problem !== null) return refused(problem)
    return deps.store.write((tx) => makeWithin(deps, tx, { ...wish, settings }, caller, idempotency))
  }
}

function wishProblem(deps: ClientDeps, wish: NewClient, settings: ClientSettings, caller: Caller): Problem | null {
  const errors = [
    ...clientFaults(settings),
    ...unknownFaults(deps, settings, organizationOf(caller)),
    ...serverFaults(deps.served, settings),
    ...firstSecretFaults(settings, wish.secretExpiresAt, deps.clock.now()),
  ]
  return errors.length > 0
    ? refuseHttp('INPUT_INVALID', { errors })
    : exceededProblem(deps, null, settings, true, caller)
}

function firstSecretFaults(settings: ClientSettings, expiresAt: number | null, now: number): FieldError[] {
  if (expiresAt === null) return []
  if (usesSecret(settings)) return expiryFaults('secretExpiresAt', expiresAt, now)
  return [{ path: 'secretExpiresAt', message: 'is for clients that prove themselves by a secret' }]
}

async function makeWithin(
  deps: ClientDeps,
  tx: Transaction,
  wish: NewClient & { readonly settings: ClientSettings },
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<CreatedClient>> {
  const now = deps.clock.now()
  const id = createId('cli', now)
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  const repeat = await answerRepeat(idempotency, claim, (ref) => madeBefore(tx, ref, caller))
  if (repeat !== null) return repeat
  const client = newClient(id, wish, now, caller)
  await insertClient(tx, client)
  const { name, kind, source, grants } = client
  const details = { name, kind, source, grants: grants.join(' ') }
  await tellClient(deps, tx, client, caller, { type: 'client.created', outcome: 'success', details })
  await tx.announce(CLIENT_TOPIC, id)
  if (!usesSecret(client)) return done({ client, secret: null, repeated: false })
  const { secret, text } = await makeSecret(deps, tx, client, wish.secretExpiresAt, caller)
  return done({ client: { ...client, secrets: [secret] }, secret: text, repeated: false })
}

function newClient(
  id: string,
  { settings, source }: NewClient & { readonly settings: ClientSettings },
  now: number,
  caller: Caller,
): OauthClient {
  const by = caller.principal.id
  return {
    ...settings,
    id,
    organization: organizationOf(caller),
    enabled: true,
    secrets: [],
    source,
    createdAt: now,
    createdBy: by,
    updatedAt: now,
    updatedBy: by,
    lastUsedAt: null,
    version: 1,
  }
}

async function madeBefore(tx: Transaction, id: string, caller: Caller): Promise<Result<CreatedClient>> {
  const client = await holdClient(tx, id, organizationOf(caller))
  if (client === null) return refused(refuseClient('CLIENT_UNKNOWN'))
  return done({ client, secret: null, repeated: true })
}
