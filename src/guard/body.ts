import { pipeline, type Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

/** More came than is taken. */
export class TooMuch extends Error {}

export type BodyWish = {
  /** On the wire, and again unpacked. */
  readonly maxBytes: number
  /** Take the beginning and do without the rest, whatever becomes of it, instead of refusing what is larger. */
  readonly cut: boolean
}

/** The packings that are undone; null stands for none. Two of them on top of each other are not. */
const UNPACK: Readonly<Record<string, (() => Transform) | null>> = {
  '': null,
  identity: null,
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/**
 * Reads a body while it comes, and no more of it than is wanted.
 *
 * @throws TooMuch, or what the connection threw
 */
export async function readBody(body: Readable, encoding: string, wish: BodyWish): Promise<Buffer> {
  // Leaving early says that it was aborted, and an error that nobody hears ends the process.
  body.on('error', () => {})
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of unpacked(body, encoding.trim().toLowerCase(), wish)) {
      chunks.push(chunk.subarray(0, wish.maxBytes - size))
      size += chunk.length
      if (size > wish.maxBytes) throw new TooMuch()
    }
  } catch (error) {
    if (!wish.cut) throw error
  } finally {
    body.destroy()
  }
  return Buffer.concat(chunks)
}

function unpacked(body: Readable, encoding: string, { maxBytes }: BodyWish): AsyncIterable<Buffer> {
  const make = Object.hasOwn(UNPACK, encoding) ? UNPACK[encoding] : undefined
  if (make === undefined) throw new Error('the body is packed in a way that is not undone')
  return make === null ? body : pipeline(bounded(body, maxBytes), make(), () => {})
}

// A packed body may be long and unpack to nothing.
async function* bounded(body: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > most) throw new TooMuch()
    yield chunk
  }
}
