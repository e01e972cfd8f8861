import type { Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { digestOf, type Peppers } from '../digest.ts'
import { readTables } from '../store.ts'
import type { ForeignSource, Proof } from '../verify/directory.ts'
import { BCRYPT_BYTES, mayBeForeign, sha256Of, startsOf } from './foreign.ts'
import { type BcryptThread, busy, createBcryptThread } from './foreign-bcrypt.ts'
import { createBudget } from './foreign-budget.ts'
import {
  emptyPending,
  type ForeignState,
  findCandidates,
  findPending,
  type PendingHash,
  readForeignState,
  replaceProof,
} from './foreign-store.ts'

export type ForeignLookup = ForeignSource & {
  /** Reads again what imports there are. */
  readonly reload: () => Promise<void>
  readonly stop: () => Promise<void>
}

// What others used first meanwhile need not be waited for any more.
const BELIEVED_FOR = 60_000

/**
 * Finds keys of other systems by the hashes that they were imported with (row K5). On first use the foreign hash is
 * replaced by ours, by compare-and-set, and nothing foreign is left. A text that is no key costs the same, whether one
 * that begins like it was imported or not.
 */
export async function openForeignLookup(deps: {
  store: Store
  clock: Clock
  brand: string
  peppers: () => Peppers
  byId: (id: string) => Promise<Proof | null>
  onError: (error: unknown) => void
  thread?: BcryptThread
}): Promise<ForeignLookup> {
  const { store, clock, peppers } = deps
  const thread = deps.thread ?? createBcryptThread(deps)
  const budget = createBudget(clock)
  const underWay = new Map<string, Promise<Proof | null>>()
  let state: ForeignState = await readForeignState(readTables(store))
  let readAt = clock.now()

  async function reload(): Promise<void> {
    state = await readForeignState(readTables(store))
    readAt = clock.now()
  }

  // The same text from many requests at once is looked for once.
  function find(text: string): Promise<Proof | null> {
    const name = sha256Of(text)
    const known = underWay.get(name)
    if (known !== undefined) return known
    const looking = look(text, name).finally(() => underWay.delete(name))
    underWay.set(name, looking)
    return looking
  }

  async function look(text: string, name: string): Promise<Proof | null> {
    const pending = (await findPending(readTables(store), name)) ?? (await lookByBcrypt(text))
    return pending === null ? null : adopt(text, pending)
  }

  async function lookByBcrypt(text: string): Promise<PendingHash | null> {
    if (state.bcryptCost !== null && clock.now() - readAt > BELIEVED_FOR) await reload()
    const cost = state.bcryptCost
    if (cost === null || Buffer.byteLength(text) > BCRYPT_BYTES) return null
    if (!budget.take(text)) throw busy('too many texts were compared that are no keys')
    const candidates = await findCandidates(readTables(store), startsOf(text))
    const hashes = candidates.length === 0 ? [fittingNobody(cost)] : candidates.map(({ hash }) => hash)
    const fits = await thread.firstThatFits(text, hashes)
    if (fits !== null) budget.giveBack(text)
    return candidates.find(({ hash }) => hash === fits) ?? null
  }

  async function adopt(text: string, pending: PendingHash): Promise<Proof | null> {
    const pepper = peppers().current
    const proof = { digest: digestOf(peppers(), pepper, text), pepper }
    await store.write(async (tx) => {
      if (await emptyPending(tx, pending, clock.now())) await replaceProof(tx, pending.keyId, proof)
    })
    return deps.byId(pending.keyId)
  }

  return Object.freeze({
    mayBe: (text: string) => state.any && mayBeForeign(text, deps.brand),
    find,
    reload,
    stop: thread.stop,
  })
}

// Of the right form and the right cost, and the hash of nothing that anybody knows.
function fittingNobody(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'abcdefghijklmnopqrstu'.padEnd(53, 'z')}`
}
