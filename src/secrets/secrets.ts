import type { Clock, Secret } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { type Box, createShelf, type Shelf } from './box.ts'
import { loadDataKeys } from './data-key.ts'
import { createKeep, KEPT_PURPOSE, resealKept } from './keep.ts'
import type { MasterKeySource } from './master-source.ts'
import { openMasters } from './masters.ts'
import { type Resealer, resealAll } from './reseal.ts'
import { type Rotation, rotate, TOPIC } from './rotate.ts'
import { type SecretsStatus, statusOf } from './status.ts'

const PURPOSE = /^[a-z][a-z0-9._-]{0,63}$/

export type Secrets = {
  /** What the operator must know from this start, such as where a generated master key lies. */
  readonly warnings: readonly string[]
  /**
   * The box of a purpose; it seals and opens without waiting. Must not be called inside `store.write`.
   *
   * @param purpose lower case, such as `oauth.signing`; each has a data key of its own
   * @example const box = await secrets.box('audit.checkpoint')
   */
  readonly box: (purpose: string) => Promise<Box>
  /** A named secret, made once for all processes and kept sealed. Must not be called inside `store.write`. */
  readonly keep: (name: string, make: () => Buffer) => Promise<Secret<Buffer>>
  /** New data keys, or another master key. @returns how many data keys were made or wrapped again */
  readonly rotate: (rotation: Rotation) => Promise<number>
  /** Says how the sealed values of a purpose are sealed again. Once per purpose, before `reseal`. */
  readonly resealWith: (purpose: string, resealer: Resealer) => void
  /** Seals again what older data keys still seal, going on where it stopped. @returns the purposes finished */
  readonly reseal: () => Promise<string[]>
  readonly status: () => Promise<SecretsStatus>
  /** Hears of no more changes. @returns when what was being loaded is there, so that the store may close */
  readonly stop: () => Promise<void>
}

/**
 * Opens the secrets of a store. Every value is sealed by a data key of its purpose, every data key by the master key
 * (row S1).
 *
 * @throws with a sentence for the operator when the master key is missing, weak, or not the one the store was sealed with
 * @example await createSecrets({ store, clock, master: masterKeySource({ ...config.master, data, dialect: store.dialect }) })
 */
export async function createSecrets(deps: {
  readonly store: Store
  readonly clock: Clock
  readonly master: MasterKeySource
  /** Hears what goes wrong where nobody waits. */
  readonly onError?: (error: unknown) => void
}): Promise<Secrets> {
  const { store, clock, onError = () => undefined } = deps
  const masters = await openMasters({ store, clock, source: deps.master })
  const shelves = new Map<string, Promise<Shelf>>()
  const resealers = new Map<string, Resealer>([[KEPT_PURPOSE, resealKept]])
  const load = (purpose: string) => loadDataKeys({ store, clock, masters }, purpose)

  function shelf(purpose: string): Promise<Shelf> {
    const known = shelves.get(purpose)
    if (known !== undefined) return known
    if (!PURPOSE.test(purpose)) throw new Error(`"${purpose}" cannot name a purpose`)
    const opening = load(purpose).then((keys) => createShelf(purpose, keys, clock))
    shelves.set(purpose, opening)
    // Nobody should meet the same failure for ever.
    opening.catch(() => shelves.delete(purpose))
    return opening
  }

  async function reload(): Promise<void> {
    for (const [purpose, opening] of shelves) (await opening).replace(await load(purpose))
  }

  let reloading: Promise<unknown> = Promise.resolve()
  const unsubscribe = store.changes.subscribe(TOPIC, () => {
    reloading = Promise.all([reloading, reload().catch(onError)])
  })
  const box = async (purpose: string) => (await shelf(purpose)).box

  return Object.freeze({
    warnings: masters.warnings,
    box,
    keep: createKeep({ store, clock, box: () => box(KEPT_PURPOSE) }),
    rotate: async (rotation: Rotation) => {
      const count = await rotate({ store, clock, masters }, rotation)
      await reload()
      return count
    },
    resealWith: (purpose: string, resealer: Resealer) => {
      if (resealers.has(purpose)) throw new Error(`the values of ${purpose} are sealed again by somebody else already`)
      resealers.set(purpose, resealer)
    },
    reseal: () => resealAll({ store, clock, shelf, resealers }),
    status: () => statusOf(store),
    stop: async () => {
      unsubscribe()
      await reloading
    },
  })
}
