import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { removeHeader } from './cleaning.ts'

type Held = { readonly bytes: Buffer; readonly unpacked: boolean }

const held = new WeakMap<IncomingMessage, Held>()

/** A body that was read as a whole and stands in its stream again, for whoever reads next; undefined where none was. */
export function heldBody(incoming: IncomingMessage): Held | undefined {
  return held.get(incoming)
}

/**
 * Reads a body as a whole while it comes in, and puts it back: the application, and whatever parses for it, reads it from the
 * request as if nobody had. Once nobody is there any more it is never answered, for there is nothing to go on with.
 *
 * @param most bytes
 * @returns null when there are more
 * @throws Error where somebody has read of it already
 */
export function holdBody(incoming: IncomingMessage, response: ServerResponse, most: number): Promise<Buffer | null> {
  const known = held.get(incoming)
  if (known !== undefined) return Promise.resolve(known.bytes.length > most ? null : known.bytes)
  if (incoming.readableDidRead) throw new Error('the body was read before it was judged: put this guard first')
  if (incoming.complete) return Promise.resolve(peek(incoming, most))
  return collect(incoming, response, most)
}

// All of it is here. It is put back before anybody can be told that the stream is over.
function peek(incoming: IncomingMessage, most: number): Buffer | null {
  if (incoming.readableLength > most) return null
  const bytes: Buffer = incoming.readableLength === 0 ? NOTHING : (incoming.read() ?? NOTHING)
  if (bytes.length > 0) incoming.unshift(bytes)
  held.set(incoming, { bytes, unpacked: false })
  return bytes
}

function collect(incoming: IncomingMessage, response: ServerResponse, most: number): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let length = 0
    const take = (piece: Buffer, first = false) => {
      length += piece.length
      if (length <= most) pieces[first ? 'unshift' : 'push'](piece)
      else resolve(null)
    }
    // The parser hands every piece of the body to this function. There is no other place before the application.
    incoming.push = (piece: Buffer | string | null, encoding?: BufferEncoding) => {
      if (piece !== null) take(typeof piece === 'string' ? Buffer.from(piece, encoding) : piece)
      else if (length > most) putBack(incoming, NOTHING)
      else {
        const bytes = Buffer.concat(pieces)
        held.set(incoming, { bytes, unpacked: false })
        putBack(incoming, bytes)
        resolve(bytes)
      }
      return true
    }
    response.once('close', () => resolve(null))
    // What came before this guard was asked.
    const before: Buffer | null = incoming.read()
    if (before !== null) take(before, true)
  })
}

// What counts pieces on their way was told of them when they came.
function putBack(incoming: IncomingMessage, bytes: Buffer): void {
  if (bytes.length > 0) Readable.prototype.push.call(incoming, bytes)
  Readable.prototype.push.call(incoming, null)
}

/** Puts another body into the place of one that is held. What says how long it is and how it is packed says so of this one. */
export function replaceBody(incoming: IncomingMessage, bytes: Buffer): void {
  incoming.read()
  if (bytes.length > 0) incoming.unshift(bytes)
  held.set(incoming, { bytes, unpacked: true })
  removeHeader(incoming, 'content-encoding')
  if (incoming.headers['content-length'] !== undefined) incoming.headers['content-length'] = String(bytes.length)
}

const NOTHING = Buffer.alloc(0)
