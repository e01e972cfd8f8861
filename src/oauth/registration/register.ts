import { type Caller, createId, DEFAULT_ORGANIZATION, type Secret } from '../../core/index.ts'
import type { Limits } from '../../limits/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClientSettings, OauthClient } from '../client/client.ts'
import { usesSecret } from '../client/client.ts'
import type { ClientDeps } from '../client/deps.ts'
import { makeSecret } from '../client/make-secret.ts'
import { insertClient } from '../client/store.ts'
import { CLIENT_TOPIC, tellClient } from '../client/tell.ts'
import { isWithinLimits } from '../flow/limits.ts'
import type { OauthSettings } from '../provider/deps.ts'
import type { SigningKeys } from '../signing-key/open.ts'
import { type Answer, refuse, refuseMetadata, refuseToken } from './refusal.ts'
import { sectorFault } from './sector.ts'
import { countRegistered, insertRegistration, useToken } from './store.ts'
import { type Metadata, readStranger } from './stranger.ts'
import { isRegistrationToken, newRegistrationToken, registrationDigest } from './token.ts'

export type RegistrationDeps = Omit<ClientDeps, 'access' | 'served' | 'freshProblem' | 'endRights'> & {
  readonly limits: Limits
  readonly fetch: typeof fetch
  readonly settings: Pick<OauthSettings, 'registration' | 'registrations' | 'resources'>
  readonly signingKeys: Pick<SigningKeys, 'algorithms'>
}

/** A client that registered itself, with what is told once. */
export type Registered = {
  readonly client: OauthClient
  readonly secret: Secret | null
  readonly token: Secret
  readonly sector: string | null
}

const DAY = 86_400_000

/**
 * Registers a client by its own word (RFC 7591). Errors as the standard calls them.
 *
 * @param bearer the initial access token that was shown; null for none
 */
export function createRegister(deps: RegistrationDeps) {
  return async (sent: Metadata, bearer: string | null, caller: Caller): Promise<Answer<Registered>> => {
    const { registration } = deps.settings
    if (bearer === null && registration !== 'open') return refuseToken()
    if (bearer !== null && !isRegistrationToken('spr', bearer)) return refuseToken()
    if (!(await isWithinDay(deps, caller)))
      return {
        ok: false,
        refusal: { ...refuse(429, 'slow_down', 'too many clients were registered').refusal, retryAfter: 3600 },
      }
    if (sent.software_statement !== undefined)
      return refuse(400, 'invalid_software_statement', 'software statements are not supported')
    const read = readStranger(sent, deps)
    if (!read.ok) return refuseMetadata(read.faults)
    const fault = await sectorFault(sent, read.settings, deps.fetch)
    if (fault !== null) return refuseMetadata([fault])
    return deps.store.write((tx) => registerWithin(deps, tx, read.settings, sent, bearer, caller))
  }
}

function isWithinDay({ limits, settings }: RegistrationDeps, { address }: Caller): Promise<boolean> {
  const rule = { name: 'client-registration', max: settings.registrations.perAddress, per: DAY, burst: null }
  return isWithinLimits(limits, [{ rule, key: address ?? 'nowhere' }])
}

async function registerWithin(
  deps: RegistrationDeps,
  tx: Transaction,
  settings: ClientSettings,
  sent: Metadata,
  bearer: string | null,
  caller: Caller,
): Promise<Answer<Registered>> {
  const now = deps.clock.now()
  if ((await countRegistered(tx)) >= deps.settings.registrations.most)
    return refuse(503, 'temporarily_unavailable', 'there are too many registered clients')
  const organization = bearer === null ? DEFAULT_ORGANIZATION : await useToken(tx, registrationDigest(bearer), now)
  if (organization === null) return refuseToken()
  const client = newClient(settings, organization, now, caller)
  await insertClient(tx, client)
  const { name, kind, source, grants } = client
  const details = { name, kind, source, grants: grants.join(' ') }
  await tellClient(deps, tx, client, caller, { type: 'client.created', outcome: 'success', details })
  const { text: token, digest } = newRegistrationToken('spm')
  const sector = typeof sent.sector_identifier_uri === 'string' ? sent.sector_identifier_uri : null
  await insertRegistration(tx, { client_id: client.id, digest, sector_identifier_uri: sector })
  await tx.announce(CLIENT_TOPIC, client.id)
  if (!usesSecret(client)) return { ok: true, value: { client, secret: null, token, sector } }
  const { secret, text } = await makeSecret(deps, tx, client, null, caller)
  return { ok: true, value: { client: { ...client, secrets: [secret] }, secret: text, token, sector } }
}

function newClient(settings: ClientSettings, organization: string, now: number, caller: Caller): OauthClient {
  const by = caller.principal.id
  const stamp = { createdAt: now, createdBy: by, updatedAt: now, updatedBy: by, lastUsedAt: null, version: 1 }
  return {
    ...settings,
    id: createId('cli', now),
    organization,
    enabled: true,
    secrets: [],
    source: 'registered',
    ...stamp,
  }
}
