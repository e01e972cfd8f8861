import type { Level } from '../../core/index.ts'
import { type Browser, deviceOfPerson } from '../device/browser.ts'
import type { Device } from '../device/device.ts'

/** What can be unusual about a sign-in (row I12). */
export const SIGNALS = ['new_device', 'new_country', 'impossible_travel', 'recent_failures', 'bad_reputation'] as const
export type Signal = (typeof SIGNALS)[number]

export type RiskFacts = {
  readonly browser: Browser
  readonly personId: string
  /** Devices this person has signed in with before. */
  readonly devices: readonly Device[]
  readonly country: string | null
  /** Wrong passwords of the last day, from everywhere. */
  readonly failures: number
  /** Whether the address has a bad name. */
  readonly badReputation: boolean
  readonly now: number
}

/** When something unusual asks for more: never, when it is more than a new device alone, or always. */
export type RiskMode = 'off' | 'standard' | 'strict'

const MANY_FAILURES = 3
// Nobody is in two countries within an hour but by chance of a border.
const TRAVEL_MS = 3_600_000

/** Everything that is unusual about a sign-in. Pure. Somebody's first sign-in is unusual only by what came before it. */
export function signalsOf(facts: RiskFacts): Signal[] {
  const { browser, personId, devices, country, failures, badReputation, now } = facts
  const known = deviceOfPerson(browser, personId)
  const countries = devices.map(({ lastCountry }) => lastCountry).filter((it) => it !== null)
  const elsewhere = (device: Device) =>
    device.lastCountry !== null && country !== null && device.lastCountry !== country && now - device.lastAt < TRAVEL_MS
  const found: Record<Signal, boolean> = {
    new_device: known === null && devices.length > 0,
    new_country: country !== null && countries.length > 0 && !countries.includes(country),
    impossible_travel: devices.some(elsewhere),
    recent_failures: known === null && failures >= MANY_FAILURES,
    bad_reputation: badReputation,
  }
  return SIGNALS.filter((signal) => found[signal])
}

/** What a sign-in has to reach, by what is unusual about it. */
export function levelFor(signals: readonly Signal[], mode: RiskMode): Level {
  if (mode === 'off' || signals.length === 0) return 'aal1'
  const deviceAlone = signals.length === 1 && signals[0] === 'new_device'
  return mode === 'standard' && deviceAlone ? 'aal1' : 'aal2'
}
