import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../core/index.ts'
import { isToken } from '../token.ts'
import type { SessionEntry } from './entry.ts'

export type SessionDirectory = {
  /** The session of a token, or null. A plain value when warm, a promise when it must be read. */
  readonly find: (token: string) => SessionEntry | null | Promise<SessionEntry | null>
  /** Forgets one session, or all of them with null. */
  readonly forget: (id: string | null) => void
  readonly forgetPerson: (personId: string | null) => void
  readonly size: () => number
}

const MOST_REFUSED = 10_000
const REFUSED_FOR = 5_000

/**
 * The warm memory of sessions, by the digest of their token: the token itself is not kept. What was found nowhere is
 * remembered apart and briefly, so that a flood of wrong tokens pushes out nobody and does not reach the database again
 * and again.
 *
 * @param read a session with its person, from the database; null for what is not there or over
 */
export function createSessionDirectory(deps: {
  read: (digest: Uint8Array) => Promise<SessionEntry | null>
  clock: Clock
  capacity: number
}): SessionDirectory {
  const byId = new Map<string, SessionEntry>()
  const warm = new LRUCache<string, SessionEntry>({
    max: deps.capacity,
    dispose: (entry) => {
      if (byId.get(entry.session.id) === entry) byId.delete(entry.session.id)
    },
  })
  const refused = new LRUCache<string, number>({ max: MOST_REFUSED })
  // Raised by every change; a read that began before it may not be remembered.
  let generation = 0

  function find(token: string): SessionEntry | null | Promise<SessionEntry | null> {
    if (!isToken('sps', token)) return null
    const name = hash('sha256', token, 'base64')
    const entry = warm.get(name)
    const now = deps.clock.now()
    // Another process may have seen it in use: what looks over here is read again.
    if (entry !== undefined && !entry.stale && entry.holdsUntil > now && !isPast(entry, now)) return entry
    if ((refused.get(name) ?? 0) > now) return null
    return look(name)
  }

  async function look(name: string): Promise<SessionEntry | null> {
    const before = generation
    const entry = await deps.read(Buffer.from(name, 'base64'))
    if (entry !== null) goOnWith(entry, warm.get(name))
    const now = deps.clock.now()
    const found = entry !== null && !isPast(entry, now) ? entry : null
    if (generation === before) remember(name, found, now)
    return found
  }

  function remember(name: string, entry: SessionEntry | null, now: number): void {
    if (entry === null) {
      warm.delete(name)
      refused.set(name, now + REFUSED_FOR)
      return
    }
    byId.set(entry.session.id, entry)
    warm.set(name, entry)
  }

  function forget(id: string | null): void {
    generation++
    refused.clear()
    for (const entry of id === null ? byId.values() : [byId.get(id)]) if (entry !== undefined) entry.stale = true
  }

  function forgetPerson(personId: string | null): void {
    generation++
    for (const entry of byId.values()) if (personId === null || entry.personId === personId) entry.stale = true
  }

  return Object.freeze({ find, forget, forgetPerson, size: () => warm.size })
}

function isPast({ session, use }: SessionEntry, now: number): boolean {
  return now >= session.endsAt || now >= use.at + session.idle
}

// A use that is not written yet counts, whichever reading of the session noted it.
function goOnWith(entry: SessionEntry, before: SessionEntry | undefined): void {
  if (before === undefined) return
  before.use.at = Math.max(before.use.at, entry.use.at)
  entry.use = before.use
}
