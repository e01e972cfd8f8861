import type { FieldError } from '../../core/index.ts'
import { apiScopesOf, type ClientSettings, IDENTITY_SCOPES } from '../client/client.ts'
import { clientFaults } from '../client/faults.ts'
import { clientOfMetadata } from '../client/read-metadata.ts'
import { algorithmFaults } from '../client/server-faults.ts'
import type { ResourceSettings } from '../provider/deps.ts'
import type { SigningKeys } from '../signing-key/open.ts'

export type Metadata = Readonly<Record<string, unknown>>

export type ReadStranger =
  | { readonly ok: true; readonly settings: ClientSettings }
  | { readonly ok: false; readonly faults: readonly FieldError[] }

/** What there is here for strangers: APIs, and algorithms that sign. */
export type Here = {
  readonly settings: { readonly resources: readonly ResourceSettings[] }
  readonly signingKeys: Pick<SigningKeys, 'algorithms'>
}

/** What nobody has to be trusted for: people sign in, and agree to it. */
const GRANTS: readonly unknown[] = ['authorization_code', 'refresh_token']

/**
 * Reads what a client says of itself that nobody here vouches for: one that registers itself (RFC 7591), or a document.
 * People are always asked about it, it may ask for nothing of Sallyport's own API, and it does nothing in its own name.
 */
export function readStranger(sent: Metadata, { settings: { resources }, signingKeys }: Here): ReadStranger {
  const odd = grantFaults(sent)
  if (odd.length > 0) return { ok: false, faults: odd }
  const read = clientOfMetadata(withUsual(sent))
  if (!read.ok) return read
  const settings = asStranger(read.settings, resources, typeof sent.scope === 'string')
  const faults = [...clientFaults(settings), ...algorithmFaults(signingKeys, settings)]
  return faults.length === 0 ? { ok: true, settings } : { ok: false, faults }
}

/** The settings that are a stranger's own to say; all others are for administrators. */
export const OF_STRANGERS = [
  'name',
  'kind',
  'applicationType',
  'redirectUris',
  'postLogoutRedirectUris',
  'grants',
  'scopes',
  'authentication',
  'jwks',
  'jwksUri',
  'tlsSubject',
  'requirePar',
  'requireSignedRequests',
  'dpopBound',
  'tlsBound',
  'backchannelLogoutUri',
  'backchannelLogoutSessionRequired',
  'frontchannelLogoutUri',
  'frontchannelLogoutSessionRequired',
  'idTokenAlgorithm',
  'userinfoAlgorithm',
  'requestObjectAlgorithm',
  'responseAlgorithm',
  'subject',
  'logoUri',
  'policyUri',
  'tosUri',
  'clientUri',
  'contacts',
  'corsOrigins',
] as const satisfies readonly (keyof ClientSettings)[]

/** What a change of its own makes of a client: what administrators said of it stays. */
export function changedByStranger(before: ClientSettings, said: ClientSettings): ClientSettings {
  const own = OF_STRANGERS.map((name) => [name, said[name]])
  return { ...before, ...Object.fromEntries(own) }
}

// Programs on a device seldom say so (RFC 7591 has no word for it): their addresses do.
function withUsual(sent: Metadata): Metadata {
  const { application_type, redirect_uris } = sent
  if (application_type !== undefined || !Array.isArray(redirect_uris)) return sent
  const onDevice = redirect_uris.some((address) => typeof address === 'string' && !address.startsWith('https://'))
  return onDevice ? { ...sent, application_type: 'native' } : sent
}

function asStranger(said: ClientSettings, resources: readonly ResourceSettings[], names: boolean): ClientSettings {
  const known = [...new Set(resources.flatMap(({ scopes }) => scopes))]
  const identity = IDENTITY_SCOPES.filter(
    (scope) => scope !== 'offline_access' || said.grants.includes('refresh_token'),
  )
  const api = names ? apiScopesOf(said.scopes).filter((scope) => known.includes(scope)) : known
  const own = names ? said.scopes.filter((scope) => (identity as readonly string[]).includes(scope)) : identity
  return {
    ...said,
    scopes: [...own, ...api],
    resources: resources.map(({ id }) => id),
    consent: 'once',
    firstParty: false,
    corsOrigins: said.kind === 'public' ? originsOf(said.redirectUris) : [],
  }
}

// A page that is answered at its own address calls the token endpoint from there.
function originsOf(addresses: readonly string[]): string[] {
  const origins = addresses.map((address) => URL.parse(address)?.origin ?? 'null')
  return [...new Set(origins.filter((origin) => origin !== 'null'))]
}

function grantFaults({ grant_types: grants }: Metadata): FieldError[] {
  const isOdd = Array.isArray(grants) && grants.some((grant) => !GRANTS.includes(grant))
  return isOdd ? [{ path: 'grant_types', message: `must be of ${GRANTS.join(' and ')}` }] : []
}
