import type { Caller, Event, Result } from '../../core/index.ts'
import { done, refused } from '../../core/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { findKey } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import { reachOf } from '../verify/reach.ts'
import type { RotationRecord } from './rotation.ts'
import { findRotationFrom, findRotationTo, readUse } from './rotation-store.ts'

/** One place that the old key was still used from. Times are milliseconds. */
export type LateUse = {
  readonly address: string
  readonly country: string | null
  readonly userAgent: string | null
  readonly uses: number
  readonly lastAt: number
}

/** Who still uses a replaced key, and from where (row K21). */
export type LateUseReport = {
  readonly rotation: RotationRecord
  readonly old: Key
  /** Uses of the old key since the rotation; those of the last half second may be missing. */
  readonly uses: number
  readonly lastUsedAt: number | null
  readonly lastUsedFrom: string | null
  /** By address, the most used first: from the newest events of the old key. */
  readonly from: readonly LateUse[]
  /** Whether there were more events than were looked at. */
  readonly truncated: boolean
}

const MOST_EVENTS = 1000
const MOST_ADDRESSES = 100
// What a request changed is told by another event of the same request.
const ACCESS = /^(request|api)\./

/**
 * Tells who still uses the old key of a rotation. It may be asked about the old key or the new one.
 *
 * Errors: `KEY_UNKNOWN`, and `KEY_STATUS_CONFLICT` for a key that was not rotated.
 */
export function createLateUseReport(deps: KeyDeps) {
  return async (id: string, caller: Caller): Promise<Result<LateUseReport>> => {
    const db = deps.store.tables<KeyTables>()
    const reach = reachOf(caller)
    const asked = await findKey(db, id, reach)
    if (asked === null) return refused(refuseKey('KEY_UNKNOWN'))
    const rotation =
      (await findRotationFrom(deps.store, id, ['rotated'])) ?? rotatedOnly(await findRotationTo(deps.store, id))
    const old = rotation === null ? null : await findKey(db, rotation.from, reach)
    if (rotation === null || old === null) {
      return refused(refuseKey('KEY_STATUS_CONFLICT', { detail: 'This key was not rotated, so there is no old one.' }))
    }
    return done(await reportOn(deps, rotation, old))
  }
}

function rotatedOnly(rotation: RotationRecord | null): RotationRecord | null {
  return rotation?.state === 'rotated' ? rotation : null
}

async function reportOn(deps: KeyDeps, rotation: RotationRecord, old: Key): Promise<LateUseReport> {
  const { audit, store } = deps
  await audit.flush()
  const since = { organization: old.organization, since: rotation.at, limit: MOST_EVENTS }
  const [used, verified, use] = await Promise.all([
    audit.search({ ...since, credential: old.id, outcome: 'success' }),
    // Somebody else asked about the key: the event names it in its details.
    audit.search({ ...since, type: 'key.verified', text: old.id }),
    readUse(store, old.id),
  ])
  const pages = [used, verified].flatMap((page) => (page.ok ? [page.value] : []))
  const events = new Map(pages.flatMap(({ items }) => items).map((event) => [event.id, event]))
  const uses = Math.max(0, use.total - rotation.usesBefore)
  const recent = use.lastAt !== null && use.lastAt >= rotation.at && uses > 0
  return {
    rotation,
    old,
    uses,
    lastUsedAt: recent ? use.lastAt : null,
    lastUsedFrom: recent ? use.lastFrom : null,
    from: byAddress([...events.values()], old.id).slice(0, MOST_ADDRESSES),
    truncated: pages.some(({ nextCursor }) => nextCursor !== null),
  }
}

function byAddress(events: readonly Event[], keyId: string): LateUse[] {
  const found = new Map<string, LateUse>()
  for (const event of events) {
    const use = useOf(event, keyId)
    if (use === null) continue
    const known = found.get(use.address)
    const newest = known === undefined || use.lastAt > known.lastAt ? use : known
    found.set(use.address, { ...newest, uses: (known?.uses ?? 0) + 1 })
  }
  return [...found.values()].sort((a, b) => b.uses - a.uses || b.lastAt - a.lastAt)
}

function useOf(event: Event, keyId: string): LateUse | null {
  const { at: lastAt, country, userAgent, details } = event
  if (event.type !== 'key.verified') {
    const { address } = event
    return address === null || !ACCESS.test(event.type) ? null : { address, country, userAgent, uses: 1, lastAt }
  }
  if (details?.for !== keyId) return null
  // The address and program of the event are those of whoever asked, not of who used the key.
  const { from = null } = details
  return typeof from === 'string' ? { address: from, country: null, userAgent: null, uses: 1, lastAt } : null
}
