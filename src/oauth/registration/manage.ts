import { timingSafeEqual } from 'node:crypto'
import { actorOf, type Caller, isId } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type OauthClient, usesSecret } from '../client/client.ts'
import { clientFaults } from '../client/faults.ts'
import { makeSecret } from '../client/make-secret.ts'
import { matchSecret } from '../client/secret.ts'
import { clientTables, deleteClientRow, deleteSecrets, findClientRow, updateClient } from '../client/store.ts'
import { CLIENT_TOPIC, tellClient } from '../client/tell.ts'
import { type Answer, refuse, refuseMetadata, refuseToken } from './refusal.ts'
import type { Registered, RegistrationDeps } from './register.ts'
import { sectorFault } from './sector.ts'
import { deleteRegistration, findRegistration, replaceRegistration } from './store.ts'
import { changedByStranger, type Metadata, readStranger } from './stranger.ts'
import { isRegistrationToken, newRegistrationToken, registrationDigest } from './token.ts'

type Known = { readonly client: OauthClient; readonly digest: Uint8Array; readonly sector: string | null }

/** How a client that registered itself looks after itself (RFC 7592). */
export type RegistrationManagement = {
  readonly read: (id: string, bearer: string | null) => Promise<Answer<Known>>
  /** Replaces all that it said of itself; its token is another one then. */
  readonly update: (id: string, bearer: string | null, sent: Metadata, caller: Caller) => Promise<Answer<Registered>>
  readonly remove: (id: string, bearer: string | null, caller: Caller) => Promise<Answer<null>>
}

export function createRegistrationManagement(deps: RegistrationDeps): RegistrationManagement {
  async function read(id: string, bearer: string | null): Promise<Answer<Known>> {
    if (bearer === null || !isRegistrationToken('spm', bearer) || !isId('cli', id)) return refuseToken()
    const found = await findRegistration(deps.store, id)
    const digest = registrationDigest(bearer)
    if (found === null || !timingSafeEqual(found.digest, digest)) return refuseToken()
    const client = await findClientRow(clientTables(deps.store), id)
    // Who was disabled by an administrator does not come back by its own word.
    if (client === null || !client.enabled || client.source !== 'registered') return refuseToken()
    return { ok: true, value: { client, digest, sector: found.sector_identifier_uri } }
  }

  const update: RegistrationManagement['update'] = async (id, bearer, sent, caller) => {
    const known = await read(id, bearer)
    if (!known.ok) return known
    const fault = requestFault(deps, known.value.client, sent)
    if (fault !== null) return refuse(400, 'invalid_request', fault)
    const said = readStranger(sent, deps)
    if (!said.ok) return refuseMetadata(said.faults)
    const settings = changedByStranger(known.value.client, said.settings)
    const wrong = clientFaults(settings)
    if (wrong.length > 0) return refuseMetadata(wrong)
    const sector = await sectorFault(sent, settings, deps.fetch)
    if (sector !== null) return refuseMetadata([sector])
    const next = { ...known.value.client, ...settings }
    return deps.store.write((tx) => updateWithin(deps, tx, known.value, next, sent, caller))
  }

  const remove: RegistrationManagement['remove'] = async (id, bearer, caller) => {
    const known = await read(id, bearer)
    if (!known.ok) return known
    const { client, digest } = known.value
    return deps.store.write(async (tx) => {
      if (!(await deleteRegistration(tx, id, digest))) return refuseToken()
      await deleteClientRow(tx, id)
      const details = { name: client.name }
      await tellClient(deps, tx, client, caller, { type: 'client.deleted', outcome: 'success', details })
      await tx.announce(CLIENT_TOPIC, id)
      await deps.endIssued(tx, id, actorOf(caller))
      return { ok: true, value: null }
    })
  }

  return Object.freeze({ read, update, remove })
}

const NOT_SENT = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
] as const

// RFC 7592, section 2.2.
function requestFault(deps: RegistrationDeps, client: OauthClient, sent: Metadata): string | null {
  if (sent.client_id !== client.id) return 'client_id must be the one of this client'
  const extra = NOT_SENT.find((name) => sent[name] !== undefined)
  if (extra !== undefined) return `${extra} must not be sent`
  if (sent.software_statement !== undefined) return 'software statements are not supported'
  if (sent.client_secret === undefined) return null
  const text = typeof sent.client_secret === 'string' ? sent.client_secret : ''
  return matchSecret(deps.pepper, client, text, deps.clock.now()) === null
    ? 'client_secret is not the one of this client'
    : null
}

async function updateWithin(
  deps: RegistrationDeps,
  tx: Transaction,
  { digest: shown, client: before }: Known,
  next: OauthClient,
  sent: Metadata,
  caller: Caller,
): Promise<Answer<Registered>> {
  const sector = typeof sent.sector_identifier_uri === 'string' ? sent.sector_identifier_uri : null
  const { text: token, digest } = newRegistrationToken('spm')
  const row = { client_id: before.id, digest, sector_identifier_uri: sector }
  if (!(await replaceRegistration(tx, shown, row))) return refuseToken()
  const stamp = { updatedAt: deps.clock.now(), updatedBy: caller.principal.id, version: before.version + 1 }
  const after = { ...next, ...stamp }
  if (!(await updateClient(tx, after, before.version)))
    return refuse(409, 'invalid_request', 'the client was changed at the same moment')
  const details = { fields: 'registration' }
  await tellClient(deps, tx, after, caller, { type: 'client.updated', outcome: 'success', details })
  await tx.announce(CLIENT_TOPIC, before.id)
  return { ok: true, value: { ...(await withSecrets(deps, tx, after, caller)), token, sector } }
}

async function withSecrets(deps: RegistrationDeps, tx: Transaction, client: OauthClient, caller: Caller) {
  if (usesSecret(client) && client.secrets.length === 0) {
    const { secret, text } = await makeSecret(deps, tx, client, null, caller)
    return { client: { ...client, secrets: [secret] }, secret: text }
  }
  if (usesSecret(client)) return { client, secret: null }
  await deleteSecrets(
    tx,
    client.secrets.map(({ id }) => id),
  )
  return { client: { ...client, secrets: [] }, secret: null }
}
