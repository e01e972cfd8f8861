import {
  actorOf,
  type Caller,
  done,
  type FieldError,
  organizationOf,
  type Problem,
  type Result,
  refused,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type OauthClient, usesSecret } from './client.ts'
import type { ClientDeps } from './deps.ts'
import { clientFaults } from './faults.ts'
import { exceededProblem, isSeizing, isWeakened, unknownFaults } from './grants.ts'
import { refuseClient } from './problems.ts'
import { serverFaults } from './server-faults.ts'
import { type SettingsChange, settingsAfter } from './settings.ts'
import { deleteSecrets, holdClient, updateClient } from './store.ts'
import { CLIENT_TOPIC, tellClient } from './tell.ts'

/** Which client, and the version that may be changed; null for whatever it is now. */
export type ClientTarget = { readonly id: string; readonly version: number | null }

export type ClientChange = SettingsChange & { readonly enabled?: boolean }

/** Changes clients; see `Clients.change`. */
export function createClientChange(deps: ClientDeps) {
  return async (target: ClientTarget, change: ClientChange, caller: Caller): Promise<Result<OauthClient>> => {
    const stale = isSwitchingOff(change) ? null : await deps.freshProblem(caller)
    if (stale !== null) return refused(stale)
    return deps.store.write(async (tx) => {
      const before = await targeted(tx, target, caller)
      return before.ok ? changeWithin(deps, tx, before.value, change, caller) : before
    })
  }
}

// What shuts somebody out must not wait for anything.
function isSwitchingOff({ enabled, ...rest }: ClientChange): boolean {
  return enabled === false && Object.keys(rest).length === 0
}

/** The client that a change is about. Errors: `CLIENT_UNKNOWN`, `VERSION_STALE`. */
export async function targeted(tx: Transaction, target: ClientTarget, caller: Caller): Promise<Result<OauthClient>> {
  const client = await holdClient(tx, target.id, organizationOf(caller))
  if (client === null) return refused(refuseClient('CLIENT_UNKNOWN'))
  const isStale = target.version !== null && target.version !== client.version
  return isStale ? refused(refuseHttp('VERSION_STALE')) : done(client)
}

/** A client as a change leaves it, written down and announced. Errors: `VERSION_STALE`. */
export async function written(
  deps: ClientDeps,
  tx: Transaction,
  before: OauthClient,
  next: OauthClient,
  caller: Caller,
): Promise<Result<OauthClient>> {
  const stamp = { updatedAt: deps.clock.now(), updatedBy: caller.principal.id, version: before.version + 1 }
  const after = { ...next, ...stamp }
  if (!(await updateClient(tx, after, before.version))) return refused(refuseHttp('VERSION_STALE'))
  await tx.announce(CLIENT_TOPIC, after.id)
  return done(after)
}

async function changeWithin(
  deps: ClientDeps,
  tx: Transaction,
  before: OauthClient,
  { enabled = before.enabled, ...change }: ClientChange,
  caller: Caller,
): Promise<Result<OauthClient>> {
  const wanted: OauthClient = { ...before, ...settingsAfter(before, change), enabled }
  const problem = changeProblem(deps, before, wanted, change, caller)
  if (problem !== null) return refused(problem)
  const after = await written(deps, tx, before, await withoutStrayed(deps, tx, wanted, caller), caller)
  if (!after.ok) return after
  await tellChange(deps, tx, before, after.value, change, caller)
  if (isWeakened(deps, before, after.value)) await deps.endRights(tx, before.id, actorOf(caller))
  if (before.enabled && !enabled) await deps.endIssued(tx, before.id, actorOf(caller))
  return after
}

function changeProblem(
  deps: ClientDeps,
  before: OauthClient,
  after: OauthClient,
  change: SettingsChange,
  caller: Caller,
): Problem | null {
  // What is switched off at once must not wait for what is wrong with the rest.
  const errors = Object.keys(change).length === 0 ? [] : changeFaults(deps, after, change)
  if (errors.length > 0) return refuseHttp('INPUT_INVALID', { errors })
  return exceededProblem(deps, before, after, isSeizing(change, after.enabled && !before.enabled), caller)
}

function changeFaults(deps: ClientDeps, after: OauthClient, change: SettingsChange): FieldError[] {
  const unknown = unknownFaults(deps, change, after.organization)
  return [...clientFaults(after), ...unknown, ...serverFaults(deps.served, change)]
}

// A client that proves itself otherwise from now on must not be proved by what it had before, should it go back.
async function withoutStrayed(
  deps: ClientDeps,
  tx: Transaction,
  client: OauthClient,
  caller: Caller,
): Promise<OauthClient> {
  if (usesSecret(client) || client.secrets.length === 0) return client
  await deleteSecrets(
    tx,
    client.secrets.map(({ id }) => id),
  )
  for (const { id } of client.secrets) {
    const details = { secretId: id, reason: 'the client proves itself otherwise' }
    await tellClient(deps, tx, client, caller, { type: 'client.secret_revoked', outcome: 'success', details })
  }
  return { ...client, secrets: [] }
}

async function tellChange(
  deps: ClientDeps,
  tx: Transaction,
  before: OauthClient,
  after: OauthClient,
  change: SettingsChange,
  caller: Caller,
): Promise<void> {
  const fields = Object.keys(change).sort().join(' ')
  if (fields !== '') {
    const event = { type: 'client.updated', outcome: 'success', details: { fields } } as const
    await tellClient(deps, tx, after, caller, event)
  }
  if (before.enabled === after.enabled) return
  const type = after.enabled ? 'client.enabled' : 'client.disabled'
  await tellClient(deps, tx, after, caller, { type, outcome: 'success' })
}
