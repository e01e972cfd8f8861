import type { Circumstances } from './signals.ts'

type Seen = { readonly devices: string[]; readonly countries: string[] }

/** What was seen of whom, in the memory of this process. */
export type Memory = {
  readonly device: (subject: string, fingerprint: string | null) => Circumstances['device']
  readonly country: (subject: string, country: string | null) => 'moved' | 'unknown' | 'first' | 'same'
  /** Keeps both: only of a request that was let through. */
  readonly keep: (subject: string, fingerprint: string | null, country: string | null) => void
  readonly size: () => number
}

const MOST_DEVICES = 8
const MOST_COUNTRIES = 4

/** @param capacity how many are remembered; who was not here for the longest time is forgotten first */
export function createMemory(capacity: number): Memory {
  const all = new Map<string, Seen>()
  return Object.freeze({
    device: (subject: string, fingerprint: string | null) => {
      if (fingerprint === null) return 'none'
      const devices = all.get(subject)?.devices ?? []
      if (devices.length === 0) return 'first'
      return devices.includes(fingerprint) ? 'known' : 'new'
    },
    country: (subject: string, country: string | null) => {
      if (country === null) return 'unknown'
      const countries = all.get(subject)?.countries ?? []
      if (countries.length === 0) return 'first'
      return countries.includes(country) ? 'same' : 'moved'
    },
    keep: (subject: string, fingerprint: string | null, country: string | null) => {
      const seen = all.get(subject) ?? { devices: [], countries: [] }
      put(seen.devices, fingerprint, MOST_DEVICES)
      put(seen.countries, country, MOST_COUNTRIES)
      all.delete(subject)
      all.set(subject, seen)
      if (all.size > capacity) all.delete(all.keys().next().value as string)
    },
    size: () => all.size,
  })
}

function put(list: string[], value: string | null, most: number): void {
  if (value === null) return
  const at = list.indexOf(value)
  if (at !== -1) list.splice(at, 1)
  list.push(value)
  if (list.length > most) list.shift()
}
