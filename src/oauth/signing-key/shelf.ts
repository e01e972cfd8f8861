import { createPrivateKey, type KeyObject } from 'node:crypto'
import { Secret } from '../../core/index.ts'
import type { Box } from '../../secrets/index.ts'
import type { OutsideKey } from './outside.ts'
import type { PrivateKey, PublicKey, SigningAlgorithm, SigningKey, SigningKeyRecord } from './signing-key.ts'
import type { StoredKey } from './store.ts'

/** The signing keys as one process has them at one moment. */
export type Shelf = {
  /** The key that signs now, for each algorithm that is used. */
  readonly active: ReadonlyMap<SigningAlgorithm, SigningKey>
  readonly jwks: { readonly keys: readonly PublicKey[] }
  readonly privateJwks: Secret<readonly PrivateKey[]>
  readonly records: readonly SigningKeyRecord[]
  /** Changes when any key or its state does. */
  readonly mark: string
}

/** A key with everything that is known of it. */
type Held = SigningKey & { readonly publicJwk: PublicKey; readonly record: SigningKeyRecord }

const ORDER = ['active', 'published', 'retired'] as const

/** Makes the opener of stored keys. A private half is unsealed once, as long as the key is there. */
export function createUnsealer(box: Box): (keys: readonly StoredKey[]) => Held[] {
  let open = new Map<string, KeyObject>()
  return (keys) => {
    const opened = keys.map((key) => [key.id, open.get(key.id) ?? unseal(key, box)] as const)
    open = new Map(opened)
    return keys.map((key) => heldOf(key, open.get(key.id) as KeyObject))
  }
}

/** The keys of the configuration: of an algorithm the first signs, and the others are published. */
export function holdOutside(keys: readonly OutsideKey[]): Held[] {
  return keys.map((key, at) => {
    const first = keys.findIndex(({ algorithm }) => algorithm === key.algorithm) === at
    return { ...key, record: configured(key, first ? 'active' : 'published') }
  })
}

/** Puts keys in order: those that sign first, by the order of the algorithms. */
export function createShelf(held: readonly Held[], algorithms: readonly SigningAlgorithm[]): Shelf {
  const place = ({ algorithm, record }: Held) =>
    ORDER.indexOf(record.state) * 16 + (algorithms.includes(algorithm) ? algorithms.indexOf(algorithm) : 15)
  const keys = held.toSorted((a, b) => place(a) - place(b))
  const active = keys.filter(({ algorithm, record }) => record.state === 'active' && algorithms.includes(algorithm))
  return Object.freeze({
    active: new Map(
      active.map(({ id, algorithm, privateKey }) => [algorithm, Object.freeze({ id, algorithm, privateKey })]),
    ),
    jwks: Object.freeze({ keys: Object.freeze(keys.map(({ publicJwk }) => publicJwk)) }),
    privateJwks: new Secret(Object.freeze(keys.filter(isSigning(algorithms)).map(privateJwkOf))),
    records: Object.freeze(keys.map(({ record }) => record)),
    mark: keys.map(({ id, record }) => `${id} ${record.state}`).join('\n'),
  })
}

// What is to be next must not sign: whoever verifies may not have it yet.
function isSigning(algorithms: readonly SigningAlgorithm[]) {
  return ({ algorithm, record }: Held) => record.state !== 'published' && algorithms.includes(algorithm)
}

function unseal(key: StoredKey, box: Box): KeyObject {
  return createPrivateKey({ key: box.open(key.sealed, key.id), format: 'der', type: 'pkcs8' })
}

function heldOf(key: StoredKey, privateKey: KeyObject): Held {
  const { publicJwk, sealed: _, ...record } = key
  const { id, algorithm } = record
  return { id, algorithm, privateKey, publicJwk, record: Object.freeze(record) }
}

function configured({ id, algorithm }: OutsideKey, state: 'active' | 'published'): SigningKeyRecord {
  const times = { createdAt: null, activeAt: null, retiredAt: null, removesAt: null }
  return Object.freeze({ id, algorithm, state, source: 'configured', ...times })
}

function privateJwkOf({ privateKey, publicJwk }: Held): PrivateKey {
  return Object.freeze({ ...privateKey.export({ format: 'jwk' }), ...publicJwk }) as PrivateKey
}
