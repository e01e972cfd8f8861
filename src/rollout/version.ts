import { createHash } from 'node:crypto'
import { type Difference, differencesOf, type WrittenGateway } from '../config/index.ts'

/** What made a version: the file of a process, `config apply`, a single route, or a version from before. */
export const CAUSES = ['file', 'apply', 'route', 'roll back'] as const
export type Cause = (typeof CAUSES)[number]

/** What the gateway was told to be, whole. It never changes again. */
export type Version = {
  /** Counts from 1. */
  readonly version: number
  /** As it was written: no defaults, nothing of ports and of TLS, nothing secret. */
  readonly gateway: WrittenGateway
  /** SHA-256 over its canonical form, in hexadecimal. */
  readonly digest: string
  readonly cause: Cause
  /** Where it was in what changed from the version before; the first places of many. */
  readonly changed: readonly string[]
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The id of who did it; `system` for a process that read its file. */
  readonly by: string
}

/** How many versions are kept. */
export const MOST_VERSIONS = 100
const MOST_CHANGED = 50

/** By what two versions are known to say the same. The order of names says nothing, that of lists does. */
export function digestOf(gateway: WrittenGateway): string {
  return createHash('sha256').update(canonical(gateway)).digest('hex')
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** What differs between what was written and what is now. */
export function changesOf(before: WrittenGateway, after: WrittenGateway): readonly Difference[] {
  return differencesOf(before, after, ['gateway'])
}

/** The places of changes, as a version keeps them. */
export function placesOf(changes: readonly Difference[]): readonly string[] {
  return changes.slice(0, MOST_CHANGED).map(({ path }) => path.slice(0, 256))
}
