import type { Clock } from '../../core/index.ts'
import { type Store, startChore } from '../../store/index.ts'
import type { GrantKind } from '../grant/grant.ts'
import { covers } from '../permission.ts'
import { forgetUses, type UseRow, writeUses } from './store.ts'

/** Who used something: by a credential, which may carry less than they hold. */
export type User = {
  readonly kind: string
  readonly id: string
  readonly organization: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
}

/** What was asked for and held. */
export type Used = {
  readonly scopes?: readonly string[]
  readonly permissions?: readonly string[]
  /** Roles that they have, of which one was asked for. */
  readonly roles?: readonly string[]
}

/** Takes down that somebody used what they hold. In memory, at once. */
export type NoteUse = (user: User, used: Used) => void

/** Where nobody asks what was used. */
export const UNNOTED: NoteUse = () => undefined

/** When somebody last used what they hold, so that a review finds what nobody needs (row A11). */
export type Uses = {
  readonly note: NoteUse
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

const FLUSH_EVERY = 5_000
export const DAY = 86_400_000
/** So long it is remembered when something was used. */
export const LONGEST_KNOWN = 400 * DAY
const SWEEP_EVERY = 6 * 3_600_000
/** Rows of one transaction: a few milliseconds in which nothing else is written. */
const AT_ONCE = 1000
// Whoever asks names what is asked for; what does not fit is taken down at the next use.
const MOST_WAITING = 50_000
const MOST_SEEN = 200_000

type Seen = { readonly [K in GrantKind]: Set<string> }

/**
 * Takes down uses: each name of each principal once a day, in memory, written in batches. A crash loses at most the last
 * seconds of what was used for the first time that day.
 *
 * @param deps.serves whether this process stays, and so writes as it goes and forgets what is old
 */
export function createUses(deps: {
  store: Store
  clock: Clock
  serves: boolean
  onError: (error: unknown) => void
}): Uses {
  const { store, clock, onError } = deps
  const organizations = new Map<string, Map<string, Seen>>()
  let waiting = new Map<string, UseRow>()
  let today = dayOf(clock.now())
  let seen = 0
  let flushing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => void flush(), FLUSH_EVERY)
  timer.unref()
  const sweeping = deps.serves ? startForgetting(deps) : null

  function note(user: User, used: Used): void {
    const { kind, organization } = user
    if (organization === null || (kind !== 'user' && kind !== 'service')) return
    const theirs = organizations.get(organization)?.get(user.id) ?? firstOf(organization, user.id)
    if (used.permissions !== undefined) noteEach(user, theirs, 'permission', used.permissions)
    if (used.scopes !== undefined) noteEach(user, theirs, 'scope', used.scopes)
    if (used.roles !== undefined) noteEach(user, theirs, 'role', used.roles)
  }

  function noteEach(user: User, theirs: Seen, kind: GrantKind, names: readonly string[]): void {
    const known = theirs[kind]
    for (const name of names) if (!known.has(name)) learn(user, known, kind, name)
  }

  function learn(user: User, known: Set<string>, kind: GrantKind, name: string): void {
    if (waiting.size >= MOST_WAITING) return
    if (seen >= MOST_SEEN) forgetSeen()
    seen++
    known.add(name)
    const day = dayOf(clock.now())
    for (const held of heldFor(user, kind, name)) {
      wait({ organization: user.organization ?? '', principal: user.id, kind, name: held, day })
    }
  }

  function wait(row: UseRow): void {
    const key = `${row.organization} ${row.principal} ${row.kind} ${row.name}`
    const before = waiting.get(key)
    if (before === undefined || before.day < row.day) waiting.set(key, row)
  }

  function firstOf(organization: string, id: string): Seen {
    const theirs = { role: new Set<string>(), permission: new Set<string>(), scope: new Set<string>() }
    const principals = organizations.get(organization) ?? new Map<string, Seen>()
    organizations.set(organization, principals.set(id, theirs))
    seen++
    return theirs
  }

  function forgetSeen(): void {
    organizations.clear()
    seen = 0
  }

  function flush(): Promise<void> {
    const day = dayOf(clock.now())
    if (day !== today) forgetSeen()
    today = day
    flushing = flushing.then(write).catch(onError)
    return flushing
  }

  // In one order everywhere: two processes that write the same rows then wait for each other, never both ways.
  async function write(): Promise<void> {
    const keys = [...waiting.keys()].sort()
    const taken = waiting
    waiting = new Map()
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      const rows = keys.slice(at, at + AT_ONCE).flatMap((key) => taken.get(key) ?? [])
      try {
        await across(store, () => store.write((tx) => writeUses(tx, rows)))
      } catch (error) {
        // What could not be written waits for the next time.
        for (const row of keys.slice(at).flatMap((key) => taken.get(key) ?? [])) wait(row)
        throw error
      }
    }
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    await sweeping?.stop()
    await flush()
  }

  return Object.freeze({ note, flush, stop })
}

// What is written is what they hold: that has a bound, where anything may be asked for.
function heldFor({ permissions, scopes }: User, kind: GrantKind, name: string): readonly string[] {
  if (kind === 'permission') return permissions.filter((held) => covers(held, name))
  return kind === 'scope' ? scopes.filter((held) => held === name || held === '*') : [name]
}

function startForgetting({ store, clock, onError }: Parameters<typeof createUses>[0]) {
  const forget = () => across(store, () => store.write((tx) => forgetUses(tx, clock.now() - LONGEST_KNOWN, AT_ONCE)))
  return startChore({
    leases: store.leases,
    name: 'access.uses',
    every: SWEEP_EVERY,
    lease: SWEEP_EVERY,
    work: async (held) => {
      while ((await forget()) === AT_ONCE && (await held()));
    },
    onError,
  })
}

// What was used in all organizations is written, and forgotten, together.
function across<R>(store: Store, work: () => R): R {
  return store.across('uses of all organizations are written together', work)
}

function dayOf(now: number): number {
  return now - (now % DAY)
}
