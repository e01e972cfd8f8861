import { newTally, type Tally } from './tally.ts'
import { plainTemplate } from './template.ts'

const MOST = 1024
/** Up to here everything is taken down at its first request. */
const EASY = MOST / 2
const LONGEST = 256
const BITS = 20
const PERIOD = 1 << 17

/** Requests for what nobody declared, in bounded memory. */
export type Strangers = {
  readonly note: (route: string, method: string, path: string, at: number) => void
  /** What was counted since the last time. */
  readonly drain: () => readonly Tally[]
}

/**
 * Counts paths that strangers ask for. Whoever invents paths cannot push out what is asked for again and again: when there are many,
 * a path is taken down at its second request only, and when there is no room left, the half that was asked for least goes.
 */
export function createStrangers(): Strangers {
  let counted = new Map<string, Stranger>()
  let doorkeeper: Doorkeeper | null = null

  function find(route: string, method: string, path: string): Stranger | null {
    const template = plainTemplate(path)
    const shown = template.length > LONGEST ? `${template.slice(0, LONGEST)}**` : template
    const key = `${method} ${shown} ${route}`
    const known = counted.get(key)
    if (known !== undefined) return known
    if (counted.size >= EASY) {
      doorkeeper ??= createDoorkeeper()
      if (!doorkeeper.knows(key)) return null
    }
    if (counted.size >= MOST) counted = moreAskedFor(counted)
    const stranger = { route, method, path: shown, requests: 0, firstAt: 0, lastAt: 0 }
    counted.set(key, stranger)
    return stranger
  }

  return Object.freeze({
    note: (route: string, method: string, path: string, at: number) => {
      const stranger = find(route, method, path)
      if (stranger === null) return
      if (stranger.requests === 0) stranger.firstAt = at
      stranger.requests++
      stranger.lastAt = at
    },
    drain: () => {
      const drained = [...counted.values()].map(tallyFrom)
      counted = new Map()
      return drained
    },
  })
}

/** A path that was asked for, and refused with 404 or 405. */
type Stranger = Pick<Tally, 'route' | 'method' | 'path'> & { requests: number; firstAt: number; lastAt: number }

function tallyFrom({ route, method, path, requests, firstAt, lastAt }: Stranger): Tally {
  const tally = newTally(route, method, path)
  tally.classes[4] = requests
  return { ...tally, requests, firstAt, lastAt }
}

function moreAskedFor(counted: ReadonlyMap<string, Stranger>): Map<string, Stranger> {
  const sorted = [...counted].sort(([, a], [, b]) => b.requests - a.requests || b.lastAt - a.lastAt)
  return new Map(sorted.slice(0, EASY))
}

type Doorkeeper = { readonly knows: (key: string) => boolean }

// Two generations of a Bloom filter: 256 KB, whatever is asked for.
function createDoorkeeper(): Doorkeeper {
  let [young, old] = [new Uint32Array(1 << (BITS - 5)), new Uint32Array(1 << (BITS - 5))]
  let entered = 0
  return {
    knows: (key) => {
      const [one, two] = hashesOf(key)
      const known = (has(young, one) && has(young, two)) || (has(old, one) && has(old, two))
      if (known) return true
      if (entered++ >= PERIOD) {
        ;[young, old] = [old.fill(0), young]
        entered = 0
      }
      put(young, one)
      put(young, two)
      return false
    },
  }
}

function has(bits: Uint32Array, at: number): boolean {
  return ((bits[at >>> 5] as number) & (1 << (at & 31))) !== 0
}

function put(bits: Uint32Array, at: number): void {
  bits[at >>> 5] = (bits[at >>> 5] as number) | (1 << (at & 31))
}

// FNV-1a, from two beginnings.
function hashesOf(key: string): [number, number] {
  let one = 0x811c9dc5
  let two = 0x1b873593
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    one = Math.imul(one ^ code, 0x01000193)
    two = Math.imul(two ^ code, 0x85ebca6b)
  }
  const mask = (1 << BITS) - 1
  return [(one ^ (one >>> 15)) & mask, (two ^ (two >>> 13)) & mask]
}
