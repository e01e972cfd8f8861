import type { Snapshot } from './door.ts'
import { closeUpstreams } from './load.ts'

/** The configuration in force, and those before it under which something is still under way. */
export type Snapshots = {
  readonly current: () => Snapshot
  /** Puts another in its place, for requests that begin from now on. */
  readonly replace: (next: Snapshot) => void
  /** A request ended that began with this one. */
  readonly release: (of: Snapshot) => void
}

/** Keeps the upstreams of every configuration open until no request can ask for them any more. */
export function createSnapshots(first: Snapshot): Snapshots {
  let current = first
  const before = new Set<Snapshot>()

  function release(of: Snapshot): void {
    if (of.holders > 0 || !before.delete(of)) return
    // One that changed and changed back may be in use by an older configuration than the last.
    closeUpstreams(of.upstreams, [current, ...before])
  }

  return Object.freeze({
    current: () => current,
    replace: (next: Snapshot) => {
      const last = current
      current = next
      before.add(last)
      release(last)
    },
    release,
  })
}
