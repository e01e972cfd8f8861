import { createObjectAsks, createObjectRules, createProperties, type ObjectAsks } from '../access/index.ts'
import { type Applied, type ConfigInput, formatProblem, loadConfig, type Route } from '../config/index.ts'
import { type Authenticator, type EventInput, systemClock } from '../core/index.ts'
import { clientEvents } from '../guard/index.ts'
import { type Keys, looksLikeKey } from '../keys/index.ts'
import type { Limits } from '../limits/index.ts'
import type { Ground } from '../middleware/index.ts'
import { readNetworks } from '../pipeline/index.ts'
import { acrossAll } from './across-all.ts'
import { recordRequests } from './gateway/record.ts'
import { createLog } from './log.ts'
import { type Role, serve } from './serve.ts'
import { openSystem, type System } from './system.ts'

export type SallyportOptions = {
  /** The configuration, as it would stand in `sallyport.yaml`. */
  readonly config?: ConfigInput
  /** A configuration file instead, relative to the working directory. */
  readonly file?: string
  /** Whether doors are opened: `false` for a library inside your own server. Default false. */
  readonly serve?: Role | false
}

/** Sallyport inside your own process. */
export type Sallyport = {
  /** Verifies a key; the one function behind every door. */
  readonly verifyKey: Keys['verify']
  /** Takes down what happens with third parties: the `onEvent` of `safeClient`. @throws TypeError for any other event */
  readonly record: (event: EventInput) => void
  /** Where the control plane listens, or null. */
  readonly control: string | null
  /** Where the gateway listens, or null. */
  readonly gateway: string | null
  /** Writes what is in memory and closes everything. */
  readonly stop: () => Promise<void>
}

/**
 * Starts Sallyport inside a Node process, with the same store as the commands use.
 *
 * @throws Error that lists every mistake of the configuration
 * @example
 * const sallyport = await createSallyport({ config: { data: './.sallyport' } })
 * const answer = await sallyport.verifyKey({ key: request.headers['x-api-key'] })
 */
export async function createSallyport(options: SallyportOptions = {}): Promise<Sallyport> {
  const { file, config: overrides } = options
  const source = { cwd: process.cwd(), env: process.env, file, overrides }
  const loaded = await loadConfig(source)
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const config = loaded.value
  const reread = {
    file: loaded.file,
    written: loaded.written,
    load: (applied?: Applied) => loadConfig({ ...source, applied }),
  }
  if (options.serve !== undefined && options.serve !== false) {
    const { system, control, gateway, stop } = await serve({ config, role: options.serve, clock: systemClock, reread })
    return madeOf(system, { control, gateway, stop })
  }
  const system = await openSystem({
    config,
    reread,
    clock: systemClock,
    log: createLog(config.log.level),
    serves: true,
  })
  return madeOf(system, { control: null, gateway: null, stop: system.stop })
}

const systems = new WeakMap<Sallyport, System>()

function madeOf(system: System, rest: Omit<Sallyport, 'verifyKey' | 'record'>): Sallyport {
  const made: Sallyport = Object.freeze({ verifyKey: system.keys.verify, record: recordOf(system), ...rest })
  systems.set(made, system)
  return made
}

const OUTSIDE: ReadonlySet<string> = new Set(['outbound.refused', ...Object.keys(clientEvents)])

// An application must not be able to write what only we can know.
function recordOf({ audit }: System): Sallyport['record'] {
  return (event) => {
    if (!OUTSIDE.has(event.type))
      throw new TypeError(`the record takes what a client of a third party tells, not ${event.type}`)
    audit.record(event)
  }
}

/**
 * What the guards of an application in this same process stand on: the same keys, limits and record as every other door.
 *
 * @throws TypeError for something that `createSallyport` did not make, and for an issuer that nobody knows
 */
export function groundOf(
  sallyport: Sallyport,
  taken: Taken,
): {
  readonly ground: Ground
  readonly limits: Limits
  readonly asks: ObjectAsks
} {
  const system = systems.get(sallyport)
  if (system === undefined) throw new TypeError('embedded must be true, or what createSallyport answered')
  const { config, limits, log, clock, uses } = system
  const ground: Ground = {
    authenticators: authenticatorsOf(system, taken).map(acrossAll),
    reading: {
      trusted: readNetworks(config.gateway.trustedProxies),
      certificateHeader: config.gateway.clientCertificateHeader?.toLowerCase() ?? null,
      looksLikeCredential: (text) => looksLikeKey(text, config.keys.brand),
    },
    record: recordRequests(system),
    objects: createObjectRules(createProperties(config.access.properties, uses.note)),
    noteUse: uses.note,
    crashed: (error, requestId) => log.error({ err: error, requestId }, 'a request failed'),
    now: clock.now,
  }
  const { decisions, relations, geo } = system
  const { questionOf, check } = decisions
  const asks = createObjectAsks(relations.check, { questionOf, ...check, countryOf: geo.countryOf })
  return { ground: Object.freeze(ground), limits, asks }
}

/** Which credentials an application takes, and what it asks of tokens, in the words of a route. */
type Taken = Pick<Route, 'authenticate' | 'tokens'>

// No route can be called so: they have no spaces.
const APPLICATION = { id: 'an application', require: { scopes: [] } }

// In the order of the gateway: keys leave to tokens what has the form of one.
function authenticatorsOf(system: System, taken: Taken): readonly Authenticator[] {
  const { config, keys, tokens, identity, tiers } = system
  const known = [config.issuer, ...config.oauth.issuers.map(({ issuer }) => issuer)]
  const stranger = taken.tokens.issuers?.find((it) => !known.includes(it))
  if (stranger !== undefined) throw new TypeError(`tokens.issuers has "${stranger}", which is not in oauth.issuers`)
  const ofKeys = taken.authenticate.includes('apiKey') ? keys.authenticator({ query: false }) : null
  const ofTokens = tokens.ofRoutes([]).authenticatorOf({ ...APPLICATION, ...taken })
  const ofSessions = taken.authenticate.includes('session') ? identity.authenticator : null
  const held = [ofTokens, ofSessions].filter((it) => it !== null).map(tiers.held)
  return ofKeys === null ? held : [ofKeys, ...held]
}
