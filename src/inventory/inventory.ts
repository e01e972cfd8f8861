import type { Config } from '../config/index.ts'
import type { Clock, Request } from '../core/index.ts'
import { type Store, startChore } from '../store/index.ts'
import { type DeclaredRoute, declaredBy, type MayMatch } from './declared.ts'
import { type ExportedDocument, type ExportOf, exportOf } from './export/document.ts'
import { findingsOf, type InventoryFinding, type InventoryItem, joined } from './findings.ts'
import { createLearner, type Learner, type SeenEvent, type SeenRequest } from './learn/learner.ts'
import type { Move } from './learn/route-learner.ts'
import { addTo, type Tally } from './learn/tally.ts'
import { inventoryTables } from './store/tables.ts'
import { trim } from './store/trim.ts'
import { moveRows, writeDeclared, writeTallies } from './store/write.ts'

export type InventoryDeps = {
  readonly store: Store
  readonly clock: Clock
  /** The settings of the gateway that are in force. */
  readonly gateway: () => Config['gateway']
  readonly mayMatch: MayMatch
  /** Whether this process stays, and so removes what is old. */
  readonly serves: boolean
  readonly onError: (error: unknown) => void
}

/** What there is behind the gateway: what is declared, what is asked for, and what differs (row G5). */
export type Inventory = {
  /** Learns from a request that is over. In memory, at once. */
  readonly seen: (event: SeenEvent, request: SeenRequest | null) => void
  /** Learns the names at the top of a JSON body that was read anyway. */
  readonly fields: (route: string, request: Pick<Request, 'method' | 'path'>, value: unknown) => void
  /** Everything that is declared or was seen on declared routes. */
  readonly list: () => Promise<readonly InventoryItem[]>
  readonly findings: () => Promise<readonly InventoryFinding[]>
  /** As an OpenAPI 3.1 document. */
  readonly document: (of: ExportOf) => Promise<ExportedDocument>
  /** Writes down what was learnt. */
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

const FLUSH_EVERY = 15_000
const SWEEP_EVERY = 3_600_000
const DECLARE_EVERY = 3_600_000
const AT_ONCE = 500

/**
 * Opens the inventory. What is learnt waits in memory, bounded, and is added to the tables every few seconds: several processes
 * count together, and a crash loses the last seconds.
 */
export function createInventory(deps: InventoryDeps): Inventory {
  const { store, clock, onError } = deps
  let settings: Config['gateway'] | null = null
  let declared: readonly DeclaredRoute[] = []
  let learner: Learner | null = null
  let declaredAt = Number.NEGATIVE_INFINITY
  let remembered = false
  let waiting: { tallies: readonly Tally[]; moves: readonly Move[] } = { tallies: [], moves: [] }
  let writing: Promise<void> = Promise.resolve()

  // Settings are replaced whole, so that one look tells whether they are others.
  function current(): Learner {
    const now = deps.gateway()
    if (learner !== null && settings === now) return learner
    settings = now
    declared = declaredBy(now, deps.mayMatch)
    declaredAt = Number.NEGATIVE_INFINITY
    if (learner === null) learner = createLearner(declared, clock.now)
    else learner.replace(declared)
    remembered = false
    return learner
  }

  function flush(): Promise<void> {
    writing = writing.then(write).catch(onError)
    return writing
  }

  // What could not be written waits for the next time.
  async function write(): Promise<void> {
    if (learner === null) return
    if (!remembered) await remember(learner)
    // Before anything is removed: what is declared stays, however long nobody was here.
    if (deps.gateway().inventory.learn) await declare()
    const { tallies, moves } = learner.drain()
    waiting = { tallies: merged([...waiting.tallies, ...tallies]), moves: [...waiting.moves, ...moves] }
    const wrote = waiting.tallies.length > 0
    while (waiting.tallies.length > 0) {
      const part = waiting.tallies.slice(0, AT_ONCE)
      await store.write((tx) => writeTallies(tx, part))
      waiting = { ...waiting, tallies: waiting.tallies.slice(AT_ONCE) }
    }
    if (waiting.moves.length > 0) await store.write((tx) => moveRows(tx, waiting.moves))
    waiting = { tallies: [], moves: [] }
    if (wrote) await store.write((tx) => trim(tx, deps.gateway().inventory, clock.now()))
  }

  async function remember(into: Learner): Promise<void> {
    const rows = await inventoryTables(store)
      .selectFrom('inventory_path')
      .selectAll()
      .where('route', '<>', '')
      .execute()
    const moves = into.remember(rows)
    if (moves.length > 0) await store.write((tx) => moveRows(tx, moves))
    remembered = true
  }

  async function declare(): Promise<void> {
    const now = clock.now()
    if (now - declaredAt < DECLARE_EVERY) return
    const operations = declared.flatMap((route) => route.operations)
    for (let at = 0; at < operations.length; at += AT_ONCE)
      await store.write((tx) => writeDeclared(tx, operations.slice(at, at + AT_ONCE), now))
    declaredAt = now
  }

  async function known() {
    current()
    await flush()
    const db = inventoryTables(store)
    const paths = await db.selectFrom('inventory_path').selectAll().execute()
    return { paths, names: await db.selectFrom('inventory_name').selectAll().execute() }
  }

  function tick(): void {
    current()
    void flush()
  }

  const timer = deps.serves ? setInterval(tick, FLUSH_EVERY).unref() : undefined
  const sweeping = deps.serves ? startSweeping(deps) : null

  return Object.freeze({
    seen: (event: SeenEvent, request: SeenRequest | null) => {
      if (deps.gateway().inventory.learn) current().seen(event, request)
    },
    fields: (route: string, request: Pick<Request, 'method' | 'path'>, value: unknown) => {
      if (deps.gateway().inventory.learn) current().fields(route, request, value)
    },
    list: async () => {
      const found = await known()
      return joined(declared, found)
    },
    document: async (of: ExportOf) => {
      const found = await known()
      return exportOf(joined(declared, found), of, clock.now())
    },
    findings: async () => {
      const found = await known()
      return findingsOf(declared, found, { now: clock.now(), ...deps.gateway().inventory })
    },
    flush,
    stop: async () => {
      clearInterval(timer)
      await sweeping?.stop()
      await flush()
    },
  })
}

function startSweeping({ store, clock, gateway, onError }: InventoryDeps) {
  return startChore({
    leases: store.leases,
    name: 'inventory.sweep',
    every: SWEEP_EVERY,
    lease: SWEEP_EVERY,
    work: () => store.write((tx) => trim(tx, gateway().inventory, clock.now())),
    onError,
  })
}

const MOST_WAITING = 20_000

// Each once, and in one order everywhere: two processes that write the same rows then wait for each other, never both ways.
function merged(tallies: readonly Tally[]): readonly Tally[] {
  const byKey = new Map<string, Tally>()
  for (const tally of tallies) {
    const key = `${tally.route} ${tally.method} ${tally.path}`
    const there = byKey.get(key)
    if (there !== undefined) addTo(there, tally)
    else if (byKey.size < MOST_WAITING) byKey.set(key, tally)
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tally]) => tally)
}
