import { LRUCache } from 'lru-cache'
import { type Clock, DEFAULT_ORGANIZATION } from '../../core/index.ts'
import type { Limits } from '../../limits/index.ts'
import type { OauthClient } from '../client/client.ts'
import { isWithinLimits } from '../flow/limits.ts'
import type { OauthSettings } from '../provider/deps.ts'
import { currentCaller } from '../provider/own-session.ts'
import type { SigningKeys } from '../signing-key/open.ts'
import { readStranger } from './stranger.ts'

const MINUTE = 60_000
const CAPACITY = 500
/** A document says by `max-age` how long it is good, between these; milliseconds. */
const BOUNDS = { least: MINUTE, usual: 5 * MINUTE, most: 60 * MINUTE } as const
const REFUSED_FOR = 30_000
const LONGEST_ID = 512
/** Each makes a request of ours to an address of a stranger's choice. */
const RULES = {
  byAddress: { name: 'client-document-address', max: 30, per: MINUTE, burst: null },
  byAll: { name: 'client-document-all', max: 600, per: MINUTE, burst: null },
} as const

export type DocumentDeps = {
  readonly clock: Clock
  readonly limits: Limits
  /** A way out that follows no redirect and takes small answers. */
  readonly fetch: typeof fetch
  readonly signingKeys: Pick<SigningKeys, 'algorithms'>
  readonly settings: Pick<OauthSettings, 'clientIdMetadataDocuments' | 'clientIdHosts' | 'resources'>
}

/** Clients that are a document at their own address (Client ID Metadata Documents). */
export type ClientDocuments = {
  readonly isDocument: (id: string) => boolean
  /** The client that a document tells of; null where there is none, or it is no good. */
  readonly find: (id: string) => Promise<OauthClient | null>
}

/**
 * Reads clients from the documents that they are named by. Each is fetched by the checked way out, at most once at a time,
 * kept for as long as it says within bounds, and forgotten then.
 */
export function createClientDocuments(deps: DocumentDeps): ClientDocuments {
  const { clock, settings } = deps
  const kept = new LRUCache<string, { readonly client: OauthClient | null; readonly until: number }>({ max: CAPACITY })
  const coming = new Map<string, Promise<OauthClient | null>>()

  async function find(id: string): Promise<OauthClient | null> {
    const known = kept.get(id)
    if (known !== undefined && known.until > clock.now()) return known.client
    const under = coming.get(id)
    if (under !== undefined) return under
    if (!isDocument(id) || !(await mayFetch())) return null
    const wanted = coming.get(id) ?? look(id)
    coming.set(id, wanted)
    return wanted.finally(() => coming.delete(id))
  }

  async function look(id: string): Promise<OauthClient | null> {
    const read = await readDocument(deps, id)
    const life = read === null ? REFUSED_FOR : read.life
    const client = read === null ? null : read.client
    kept.set(id, { client, until: clock.now() + life })
    return client
  }

  function mayFetch(): Promise<boolean> {
    const address = currentCaller()?.address ?? 'nowhere'
    return isWithinLimits(deps.limits, [
      { rule: RULES.byAddress, key: address },
      { rule: RULES.byAll, key: 'all' },
    ])
  }

  function isDocument(id: string): boolean {
    return settings.clientIdMetadataDocuments && isClientAddress(id) && isAllowed(id)
  }

  function isAllowed(id: string): boolean {
    const { clientIdHosts } = settings
    return clientIdHosts === null || clientIdHosts.includes(new URL(id).hostname)
  }

  return Object.freeze({ isDocument, find })
}

/** Whether a text is an address that a client may be named by: https, with a path, written as every reader reads it. */
export function isClientAddress(text: string): boolean {
  if (text.length > LONGEST_ID || !/^https:\/\/[\x21-\x7e]+$/.test(text) || /[#\\"<>]/.test(text)) return false
  const url = URL.parse(text)
  return url !== null && url.href === text && url.username === '' && url.password === '' && url.pathname !== '/'
}

async function readDocument(deps: DocumentDeps, id: string) {
  try {
    const answer = await deps.fetch(id, { headers: { accept: 'application/json' }, redirect: 'error' })
    const isJson = /^application\/([a-z.+-]+\+)?json\b/i.test(answer.headers.get('content-type') ?? '')
    if (answer.status !== 200 || !isJson) return null
    const client = clientOfDocument(deps, id, await answer.json())
    return client === null ? null : { client, life: lifeOf(answer.headers.get('cache-control')) }
  } catch {
    return null
  }
}

function clientOfDocument(
  { settings, signingKeys, clock }: DocumentDeps,
  id: string,
  sent: unknown,
): OauthClient | null {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return null
  const said = sent as Readonly<Record<string, unknown>>
  if (said.client_id !== id || said.client_secret !== undefined || said.client_secret_expires_at !== undefined)
    return null
  // Nobody shares a secret with a document that everybody can read.
  const { token_endpoint_auth_method: authentication = 'none' } = said
  if (authentication !== 'none' && authentication !== 'private_key_jwt') return null
  const read = readStranger({ ...said, token_endpoint_auth_method: authentication }, { settings, signingKeys })
  if (!read.ok) return null
  const now = clock.now()
  const stamp = { createdAt: now, createdBy: id, updatedAt: now, updatedBy: id, lastUsedAt: null, version: 1 }
  return {
    ...read.settings,
    name: nameOf(said, id),
    id,
    organization: DEFAULT_ORGANIZATION,
    enabled: true,
    secrets: [],
    source: 'document',
    ...stamp,
  }
}

// The host is all that is proved of it, so people see it beside whatever it calls itself.
function nameOf({ client_name }: Readonly<Record<string, unknown>>, id: string): string {
  const { host } = new URL(id)
  return typeof client_name === 'string' && client_name !== host ? `${client_name} (${host})` : host
}

function lifeOf(cacheControl: string | null): number {
  const said = /(?:^|[\s,])max-age=(\d{1,9})\b/i.exec(cacheControl ?? '')?.[1]
  const wanted = said === undefined ? BOUNDS.usual : Number(said) * 1000
  return Math.min(BOUNDS.most, Math.max(BOUNDS.least, wanted))
}
