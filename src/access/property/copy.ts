/** Bytes that are put together from pieces of others. It grows where pieces come to more than it began with. */
export type Copy = { bytes: Buffer; size: number }

/** A copy that begins with the room that `like` takes. */
export function createCopy(like: Buffer): Copy {
  return { bytes: Buffer.allocUnsafe(like.length), size: 0 }
}

// A call into the runtime costs more than this many bytes.
const SHORT = 32

/** Adds what stands between two positions. */
export function copyPiece(copy: Copy, source: Buffer, from: number, to: number): void {
  const size = copy.size + to - from
  if (size > copy.bytes.length) grow(copy, size)
  if (to - from > SHORT) source.copy(copy.bytes, copy.size, from, to)
  else for (let i = from, at = copy.size; i < to; i++, at++) copy.bytes[at] = source[i] as number
  copy.size = size
}

/** Adds a text, as UTF-8. */
export function copyText(copy: Copy, text: string): void {
  const size = copy.size + text.length * 3
  if (size > copy.bytes.length) grow(copy, size)
  copy.size += copy.bytes.write(text, copy.size)
}

function grow(copy: Copy, size: number): void {
  const larger = Buffer.allocUnsafe(size * 2)
  copy.bytes.copy(larger, 0, 0, copy.size)
  copy.bytes = larger
}

/** What was put together. */
export function copied({ bytes, size }: Copy): Buffer {
  return bytes.subarray(0, size)
}
