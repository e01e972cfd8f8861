import { createObjectRules, createProperties, type ObjectAsks, type PropertySettings } from './access/index.ts'
import type { ConfigInput } from './config/index.ts'
import { parseNetwork, Secret, systemClock, wholeFamily } from './core/index.ts'
import type { CredentialOptions, Taken } from './credentials.ts'
import { createDistantKeys, looksLikeAnyKey, type Resolved } from './keys/index.ts'
import { createLimits, type Limits } from './limits/index.ts'
import { createLink, createReports, followChanges, type Ground } from './middleware/index.ts'
import { createDistantAsks } from './object-asks.ts'
import { createDistantTokens } from './remote-tokens.ts'

/** Keys of a server: verification is local, and the server says when something changes. */
export type RemoteOptions = CredentialOptions & {
  /** Where the server's control plane is, such as `http://localhost:4000`. */
  readonly url: string
  /** A key with the permission `keys:verify`; for `requireRelation` and `requirePolicy` also `access:evaluate`, for tokens `tokens:inspect`. */
  readonly key: string
  /** Networks of the proxies in front of this application, whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies?: readonly string[]
  /** Which properties of which objects somebody may see and write, as `access.properties` of a configuration says it. */
  readonly properties?: NonNullable<ConfigInput['access']>['properties']
  /** How many keys are remembered. 10,000 unless said otherwise. */
  readonly cache?: number
  /** Told of what goes wrong where nobody waits. A warning of the process unless said otherwise. */
  readonly onError?: (error: unknown) => void
}

const METERS = 100_000
/** As the server's own default: a credential that proves nothing is answered no sooner. */
const REFUSAL_DELAY = 20

/** Connects to a server. @throws TypeError for options that cannot be meant */
export function openRemote(
  options: RemoteOptions,
  properties: PropertySettings,
  taken: Taken,
): { ground: Ground; limits: Limits; asks: ObjectAsks; stop: () => Promise<void> } {
  const { onError = warn, cache = 10_000 } = options
  const trusted = networksOf(options.trustedProxies ?? [])
  if (!Number.isSafeInteger(cache) || cache < 1) throw new TypeError('cache must be a whole number above zero')
  const url = addressOf(options.url)
  const link = createLink({ url, key: keyOf(options.key) })
  const tokens = createDistantTokens(taken, { link, url, clock: systemClock, onError })
  const limits = createLimits({ clock: systemClock, capacity: METERS })
  const reports = createReports({ link, now: systemClock.now, onError })
  const keys = createDistantKeys({
    source: {
      resolve: async (key) => resolvedOf(await link.post('/v1/keys/resolve', { key })),
      fresh: () => changes.fresh(),
    },
    verify: async (question) => (await link.post('/v1/keys/verify', question)) as never,
    count: reports.count,
    limits,
    clock: systemClock,
    capacity: cache,
    refusalDelay: REFUSAL_DELAY,
  })
  const changes = followChanges({ link, heard: keys.forget, steady: () => performance.now(), onError })
  const ground: Ground = Object.freeze({
    authenticators: [
      ...(taken.authenticate.includes('apiKey') ? [keys.authenticator] : []),
      ...(tokens === null ? [] : [tokens]),
    ],
    reading: { trusted, looksLikeCredential: looksLikeAnyKey },
    record: reports.record,
    objects: createObjectRules(createProperties(properties)),
    crashed: onError,
    now: systemClock.now,
  })
  return {
    ground,
    limits,
    asks: createDistantAsks({ link, onError }),
    stop: async () => {
      await Promise.all([changes.stop(), reports.stop()])
      await link.close()
    },
  }
}

function resolvedOf(answer: unknown): Resolved {
  if (typeof answer === 'object' && answer !== null && 'proved' in answer) return answer as Resolved
  throw new Error('the server answered something else than a key')
}

function addressOf(text: string): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new TypeError('url must be the address of a server, such as http://localhost:4000')
  }
  if (url.username !== '') throw new TypeError('url must not hold a password: the key is an option of its own')
  return url
}

function keyOf(text: string): Secret {
  if (typeof text === 'string' && /^[\x21-\x7e]{8,512}$/.test(text)) return new Secret(text)
  throw new TypeError('key must be an API key with the permission keys:verify; is the environment variable set?')
}

function networksOf(texts: readonly string[]) {
  const networks = texts.map((text) => {
    const network = parseNetwork(text)
    if (typeof network === 'string') throw new TypeError(`trustedProxies: ${network}`)
    return network
  })
  const family = wholeFamily(networks)
  if (family === null) return networks
  throw new TypeError(`trustedProxies: every IPv${family} address is everybody; name the networks of your proxies`)
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error.message : String(error), 'SallyportWarning')
}
