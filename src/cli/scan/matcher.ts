import type { KeyFinder } from '../../keys/index.ts'
import type { Hit } from './finding.ts'

/** Looks through one text that comes in pieces of any size. */
export type Matcher = {
  readonly feed: (piece: Buffer) => Hit[]
  /** The text is over: what was held back is looked at. */
  readonly end: () => Hit[]
}

const NEWLINE = 10
const LITTLE_ENDIAN = 0xff_fe
const BIG_ENDIAN = 0xfe_ff

/**
 * Reads bytes as they are, so that a key is found in any file, text or not; UTF-16 is known by its byte order mark. No more
 * than one piece and one key's length are held in memory.
 */
export function createMatcher(finder: KeyFinder): Matcher {
  let held = ''
  let line = 1
  let column = 1
  let decode: ((piece: Buffer) => string) | null = null

  function feed(piece: Buffer): Hit[] {
    decode ??= decoderOf(piece)
    held += decode(piece)
    return look(held.length - finder.longest + 1)
  }

  function end(): Hit[] {
    return look(held.length)
  }

  // Keys that begin before `limit` are whole in what is held.
  function look(limit: number): Hit[] {
    if (limit <= 0) return []
    const hits: Hit[] = []
    let passed = 0
    for (let at = next(0); at !== -1 && at < limit; at = next(passed)) {
      const key = finder.at(held, at)
      const after = at + (key === null ? 1 : key.text.length)
      if (key !== null) {
        move(passed, at)
        hits.push({ key, line, column })
        move(at, after)
      } else move(passed, after)
      passed = after
    }
    const kept = Math.max(passed, limit)
    move(passed, kept)
    held = held.slice(kept)
    return hits
  }

  function next(from: number): number {
    return held.indexOf(finder.start, from)
  }

  function move(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const byte = held.charCodeAt(i)
      if (byte === NEWLINE) {
        line++
        column = 1
        // The second and later bytes of a character in UTF-8 are no columns of their own.
      } else if ((byte & 0xc0) !== 0x80) column++
    }
  }

  return { feed, end }
}

function decoderOf(first: Buffer): (piece: Buffer) => string {
  const mark = first.length < 2 ? 0 : first.readUInt16BE(0)
  if (mark !== LITTLE_ENDIAN && mark !== BIG_ENDIAN) return (piece) => piece.toString('latin1')
  const decoder = new TextDecoder(mark === LITTLE_ENDIAN ? 'utf-16le' : 'utf-16be')
  return (piece) => Buffer.from(decoder.decode(piece, { stream: true })).toString('latin1')
}
