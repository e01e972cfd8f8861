import { LRUCache } from 'lru-cache'
import type { IdentityDeps } from '../../deps.ts'
import { tablesOf } from '../../tables.ts'
import { findWindow, openWindow, WINDOWS_TOPIC } from './store.ts'

/** Which key, from which address, of whom. */
export type Passage = { readonly keyId: string; readonly address: string; readonly personId: string }

export type Windows = {
  /** Whether a key is let through from an address now. A plain value when that is warm. */
  readonly isOpen: (passage: Passage) => boolean | Promise<boolean>
  /** Lets a key through from an address for a while. */
  readonly open: (passage: Passage) => Promise<void>
  readonly stop: () => void
}

/** How long a code lets a key through (row I11). */
const WINDOW_MS = 5 * 60_000
/** How long it is remembered that there is no window: what another process opens is told by a change besides. */
const CLOSED_MS = 2_000
const MOST_WARM = 20_000

type Known = { readonly personId: string; readonly until: number; readonly readAt: number }

/** Windows that codes opened, warm in memory and shared by every process through the database. */
export function createWindows({ store, clock }: Pick<IdentityDeps, 'store' | 'clock'>): Windows {
  const warm = new LRUCache<string, Known>({ max: MOST_WARM })
  // Raised by every change; a read that began before it may not be remembered.
  let generation = 0

  const stop = store.changes.subscribe(WINDOWS_TOPIC, (personId) => {
    generation++
    for (const [name, known] of warm.entries()) if (personId === null || known.personId === personId) warm.delete(name)
  })

  const isOpen: Windows['isOpen'] = (passage) => {
    const known = warm.get(nameOf(passage))
    const now = clock.now()
    if (known !== undefined && known.until > now) return true
    const isRecent = known !== undefined && known.until === 0 && now - known.readAt < CLOSED_MS
    return isRecent ? false : read(passage)
  }

  async function read(passage: Passage): Promise<boolean> {
    const before = generation
    const until = await findWindow(tablesOf(store), passage.keyId, passage.address)
    const readAt = clock.now()
    const isNow = until > readAt
    const { personId } = passage
    if (generation === before) warm.set(nameOf(passage), { personId, until: isNow ? until : 0, readAt })
    return isNow
  }

  const open: Windows['open'] = async (passage) => {
    const until = clock.now() + WINDOW_MS
    await store.write((tx) => openWindow(tx, { ...passage, until }))
  }

  return Object.freeze({ isOpen, open, stop })
}

function nameOf({ keyId, address }: Passage): string {
  return `${keyId} ${address}`
}
