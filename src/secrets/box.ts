import type { Clock } from '../core/index.ts'
import type { DataKey } from './data-key.ts'
import { decrypt, encrypt, formatSealed, parseSealed } from './envelope.ts'

/** Seals and opens values of one purpose, without waiting. */
export type Box = {
  /**
   * @param context what the value belongs to, such as table, column and row id; opening needs the very same text
   * @returns `sp1.<data key id>.<nonce>.<ciphertext and tag>`
   */
  readonly seal: (plain: Buffer | string, context: string) => string
  /** @throws when the text was altered, moved to another place, or sealed for another purpose */
  readonly open: (sealed: string, context: string) => Buffer
}

/** A box and what the module itself needs of it. */
export type Shelf = {
  readonly box: Box
  /** The data key that seals now. */
  readonly current: () => DataKey
  readonly replace: (keys: readonly DataKey[]) => void
  /** Seals again what an older data key sealed; gives back what is up to date. */
  readonly reseal: (sealed: string, context: string) => string
}

/** @param keys newest first, at least one */
export function createShelf(purpose: string, keys: readonly DataKey[], clock: Clock): Shelf {
  let held = keys
  let byId = indexed(keys)

  function current(): DataKey {
    const now = clock.now()
    const key = held.find(({ activeAt }) => activeAt <= now) ?? held.at(-1)
    if (key === undefined) throw new Error(`there is no data key for ${purpose}`)
    return key
  }

  function seal(plain: Buffer | string, context: string): string {
    const { id, key } = current()
    return formatSealed(id, encrypt(key, plain, [purpose, id, context]))
  }

  function open(text: string, context: string): Buffer {
    const parsed = parseSealed(text)
    if (parsed === null) throw new Error(`a value sealed for ${purpose} has not the form of one`)
    const key = byId.get(parsed.keyId)
    if (key === undefined) throw new Error(`a value for ${purpose} was sealed with a data key that is not there`)
    const plain = decrypt(key.key, parsed.sealed, [purpose, key.id, context])
    if (plain === null) throw new Error(`a value sealed for ${purpose} does not open: altered, or moved elsewhere`)
    return plain
  }

  function reseal(text: string, context: string): string {
    return parseSealed(text)?.keyId === current().id ? text : seal(open(text, context), context)
  }

  return {
    box: Object.freeze({ seal, open }),
    current,
    reseal,
    replace: (next) => {
      held = next
      byId = indexed(next)
    },
  }
}

function indexed(keys: readonly DataKey[]): ReadonlyMap<string, DataKey> {
  return new Map(keys.map((key) => [key.id, key]))
}
