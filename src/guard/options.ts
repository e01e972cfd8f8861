import { hostPatternFault, parseNetwork, wholeFamily } from '../core/index.ts'
import type { OutboundSettings } from './settings.ts'

/** As in a configuration where nothing is said of `guard.outbound`. */
const DEFAULTS: OutboundSettings = Object.freeze({
  allow: null,
  ports: [80, 443, 8080, 8443],
  allowAnyPort: false,
  allowInsecureHttp: false,
  allowPrivateNetworks: [],
  timeout: 10_000,
  connectTimeout: 3_000,
  maxBytes: 1_048_576,
  perHost: 8,
})

type Check = (value: unknown) => string | null

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0
const flag: Check = (value) => (typeof value === 'boolean' ? null : 'must be true or false')
const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      ? null
      : `must be a whole number from ${least} to ${most}`

const CHECKS: { readonly [setting in keyof OutboundSettings]: Check } = {
  allow: (value) => {
    if (value === null) return null
    return isList(value) ? firstFault(value, hostPatternFault) : 'must be null, or a list of hosts and networks'
  },
  ports: (value) => (isList(value) ? firstFault(value, whole(1, 65_535)) : 'must be a list of ports'),
  allowAnyPort: flag,
  allowInsecureHttp: flag,
  allowPrivateNetworks: (value) => (Array.isArray(value) ? networksFault(value) : 'must be a list of networks'),
  timeout: whole(1, 600_000),
  connectTimeout: whole(1, 600_000),
  maxBytes: whole(0, 2 ** 30),
  perHost: whole(1, 1000),
}

/**
 * Settings out of what a program gives; what it leaves out has the defaults of the configuration.
 *
 * @throws TypeError for options that cannot be meant
 */
export function settingsFrom(options: Partial<OutboundSettings>): OutboundSettings {
  const settings = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, name)) throw new TypeError(`there is no option "${name}"; there are ${NAMES}`)
    if (value === undefined) continue
    const fault = CHECKS[name as keyof OutboundSettings](value)
    if (fault !== null) throw new TypeError(`${name} ${fault}`)
    Object.assign(settings, { [name]: structuredClone(value) })
  }
  return Object.freeze(settings)
}

const NAMES = Object.keys(CHECKS).join(', ')

function firstFault<T>(values: readonly unknown[], faultOf: (value: T) => string | null): string | null {
  for (const value of values) {
    const fault = typeof value === 'string' || typeof value === 'number' ? faultOf(value as T) : 'is no text'
    if (fault !== null) return `has ${JSON.stringify(value)}, which ${fault}`
  }
  return null
}

function networksFault(values: readonly unknown[]): string | null {
  const networks = values.map((it) => (typeof it === 'string' ? parseNetwork(it) : 'something is no text'))
  const wrong = networks.find((it) => typeof it === 'string')
  if (wrong !== undefined) return `has a mistake: ${wrong}`
  const family = wholeFamily(networks.filter((it) => typeof it !== 'string'))
  return family === null ? null : `must not be every IPv${family} address; name the networks`
}
