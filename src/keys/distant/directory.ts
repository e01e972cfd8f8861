import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../core/index.ts'
import { LONGEST_KEY } from '../format.ts'
import type { VerificationCode } from '../problems.ts'
import { type Directory, type Found, isCurrent } from '../verify/directory.ts'
import type { Entry } from '../verify/entry.ts'
import { entryOfPortable, type PortableKey, RULES } from './portable.ts'

/** What the server says of a presented text. */
export type Resolved =
  | { readonly proved: true; readonly key: PortableKey }
  | { readonly proved: false; readonly code: string }

export type DistantSource = {
  /** Asks the server. Rejects when it does not answer. */
  readonly resolve: (text: string) => Promise<Resolved>
  /** Whether the server was heard of so lately that nothing can have been missed. */
  readonly fresh: () => boolean
}

const REFUSED_REMEMBERED = 10_000
const REFUSED_FOR = 5_000
/** Another process of the server may hear of a change this much later than the one that told us. */
const SETTLING = 2_000
const MOST_SETTLING = 10_000
const MOST_ASKED = 1_000

/**
 * The warm memory of a door that is not where the keys are (row K14). It is indexed by the SHA-256 of the whole text; the
 * text itself is not kept. What it holds is believed only as long as the server is heard of, and forgotten when the
 * server says so.
 */
export function createDistantDirectory(deps: { source: DistantSource; clock: Clock; capacity: number }): Directory {
  const { source, clock } = deps
  const byId = new Map<string, Entry>()
  const proved = new LRUCache<string, Entry>({
    max: deps.capacity,
    dispose: (entry) => {
      if (byId.get(entry.key.id) === entry) byId.delete(entry.key.id)
    },
  })
  const refused = new LRUCache<string, { found: Found; until: number }>({ max: REFUSED_REMEMBERED })
  const asked = new Map<string, { readonly generation: number; readonly found: Promise<Found> }>()
  const settling = new LRUCache<string, number>({ max: MOST_SETTLING })
  let allSettling = 0
  let anySettling = 0
  // Raised by every change; an answer that was asked for before it may not be remembered.
  let generation = 0

  function find(text: string): Found | Promise<Found> {
    if (text.length === 0 || text.length > LONGEST_KEY) return { is: 'unproven', code: 'KEY_MALFORMED' }
    const name = hash('sha256', text, 'base64')
    if (source.fresh()) {
      const entry = proved.get(name)
      if (entry !== undefined && isCurrent(entry, clock)) return { is: 'proved', entry }
      const known = refused.get(name)
      if (known !== undefined && known.until > clock.now()) return known.found
    }
    const already = asked.get(name)
    return already?.generation === generation ? already.found : ask(text, name)
  }

  function ask(text: string, name: string): Promise<Found> {
    if (asked.size >= MOST_ASKED) return Promise.reject(new Error('too many keys are asked about at once'))
    const mine = { generation, found: look(text, name, source.fresh()) }
    asked.set(name, mine)
    const over = () => {
      if (asked.get(name) === mine) asked.delete(name)
    }
    mine.found.then(over, over)
    return mine.found
  }

  async function look(text: string, name: string, fresh: boolean): Promise<Found> {
    const before = generation
    const found = foundOf(await source.resolve(text))
    if (fresh && generation === before) remember(name, found)
    return found
  }

  function remember(name: string, found: Found): void {
    const now = clock.now()
    if (allSettling > now) return
    if (found.is === 'unproven') {
      if (anySettling <= now) refused.set(name, { found, until: now + REFUSED_FOR })
      return
    }
    const { id, owner } = found.entry.key
    if ((settling.get(id) ?? 0) > now || (settling.get(owner.id) ?? 0) > now) return
    byId.set(id, found.entry)
    proved.set(name, found.entry)
  }

  function settle(ref: string | null): void {
    generation++
    refused.clear()
    anySettling = clock.now() + SETTLING
    if (ref === null) allSettling = anySettling
    else settling.set(ref, anySettling)
  }

  function forget(id: string | null): void {
    settle(id)
    for (const entry of id === null ? byId.values() : [byId.get(id)]) if (entry !== undefined) entry.stale = true
  }

  function forgetOwner(ownerId: string | null): void {
    settle(ownerId)
    for (const entry of byId.values()) if (ownerId === null || entry.key.owner.id === ownerId) entry.stale = true
  }

  return Object.freeze({ find, forget, forgetOwner, size: () => proved.size })
}

function foundOf(answer: Resolved): Found {
  if (!answer.proved) return { is: 'unproven', code: UNPROVEN.find((code) => code === answer.code) ?? 'KEY_INVALID' }
  // A server of another version may know rules that we would not ask.
  if (answer.key.rules !== RULES) throw new Error('the server judges keys by other rules: use the same version')
  return { is: 'proved', entry: entryOfPortable(answer.key) }
}

const UNPROVEN = ['KEY_MALFORMED', 'KEY_NOT_FOUND', 'KEY_INVALID'] as const satisfies readonly VerificationCode[]
