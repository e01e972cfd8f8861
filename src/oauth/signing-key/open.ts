import type { Audit } from '../../audit/index.ts'
import type { Caller, Clock, Result, Secret } from '../../core/index.ts'
import type { Secrets } from '../../secrets/index.ts'
import type { Store } from '../../store/index.ts'
import { readOutsideKeys } from './outside.ts'
import type { Schedule } from './plan.ts'
import { createRotate, type Rotation } from './rotate.ts'
import { makeFirstKeys, startSchedule } from './schedule.ts'
import { createShelf, createUnsealer, holdOutside, type Shelf } from './shelf.ts'
import type {
  PrivateKey,
  PublicKey,
  SigningAlgorithm,
  SigningKey,
  SigningKeyRecord,
  SigningKeySettings,
} from './signing-key.ts'
import { readSigningKeys, resealSigningKeys } from './store.ts'
import { openView } from './view.ts'

export type SigningKeys = {
  /** What can be signed with here; the first is the default. */
  readonly algorithms: readonly SigningAlgorithm[]
  /**
   * The key that signs now.
   *
   * @param algorithm one of `algorithms`; the default unless told
   * @throws for another algorithm: ask `algorithms` first
   */
  readonly current: (algorithm?: SigningAlgorithm) => SigningKey
  /** All public halves: of the keys that sign, of those that will, and of those whose tokens still live. */
  readonly jwks: () => { readonly keys: readonly PublicKey[] }
  /** Whole seconds that the public halves may be cached: far less than a key is published before it signs. */
  readonly maxAge: number
  /** Whole keys for a library that signs: the one that signs now of each algorithm, then those that only verify. */
  readonly privateJwks: () => Secret<readonly PrivateKey[]>
  readonly list: () => readonly SigningKeyRecord[]
  /**
   * Rotates by hand.
   *
   * Errors: `SIGNING_KEY_NOT_FOUND`, `SIGNING_KEY_CONFIGURED`, `SIGNING_ALGORITHM_UNUSED`.
   */
  readonly rotate: (rotation: Rotation, caller: Caller) => Promise<Result<readonly SigningKeyRecord[]>>
  /** Hears whenever any key changed its state, whichever process did it. @returns stops hearing */
  readonly onChange: (listener: () => void) => () => void
  /** Reads the keys again: for whoever meets a key that is not known here yet. */
  readonly refresh: () => Promise<void>
  readonly stop: () => Promise<void>
}

const PURPOSE = 'oauth.signing'
const LONGEST_CACHE = 300

/**
 * Opens the keys that sign our tokens, making the first of each algorithm on first start. Private halves are stored
 * sealed, bound to their row; those of the configuration are never stored (row O10).
 *
 * @param deps.rotates whether this process does what is due by schedule, as one that serves does
 * @throws with a sentence for the operator when a key of the configuration cannot be used
 */
export async function openSigningKeys(deps: {
  store: Store
  secrets: Secrets
  audit: Audit
  clock: Clock
  settings: SigningKeySettings
  rotates: boolean
  onError: (error: unknown) => void
  env?: Readonly<Record<string, string | undefined>>
}): Promise<SigningKeys> {
  const { store, audit, clock, settings, onError } = deps
  const outside = await readOutsideKeys(settings.from, deps.env ?? process.env)
  const box = await deps.secrets.box(PURPOSE)
  deps.secrets.resealWith(PURPOSE, resealSigningKeys)
  const schedule = scheduleOf(settings)
  const change = { store, audit, clock, box, retireAfter: settings.retireAfter }
  await makeFirstKeys(change, schedule)
  const unseal = createUnsealer(box)
  const fromOutside = holdOutside(outside)
  const load = async () => createShelf([...fromOutside, ...unseal(await readSigningKeys(store))], settings.algorithms)
  const view = await openView({ store, load, onError })
  const watch = startSchedule({ change, schedule, view, rotates: deps.rotates, onError })
  const list = () => view.shelf().records
  return Object.freeze({
    algorithms: settings.algorithms,
    current: (algorithm = defaultOf(settings)) => currentOf(view.shelf(), algorithm),
    jwks: () => view.shelf().jwks,
    maxAge: Math.min(LONGEST_CACHE, Math.floor(settings.publishBefore / 2000)),
    privateJwks: () => view.shelf().privateJwks,
    list,
    rotate: createRotate({ change, schedule, outside, refresh: view.refresh, list }),
    onChange: view.onChange,
    refresh: view.refresh,
    stop: async () => {
      await watch.stop()
      await view.stop()
    },
  })
}

function currentOf(shelf: Shelf, algorithm: SigningAlgorithm): SigningKey {
  const key = shelf.active.get(algorithm)
  if (key === undefined) throw new Error(`nothing signs with ${algorithm} here`)
  return key
}

function defaultOf({ algorithms }: SigningKeySettings): SigningAlgorithm {
  const [first] = algorithms
  if (first === undefined) throw new Error('no signing algorithm is configured')
  return first
}

function scheduleOf({ algorithms, from, rotateEvery, publishBefore }: SigningKeySettings): Schedule {
  const configured = new Set(from.map(({ algorithm }) => algorithm))
  return { rotateEvery, publishBefore, made: algorithms.filter((algorithm) => !configured.has(algorithm)) }
}
