import type { IncomingMessage } from 'node:http'
import { heldBody } from './held-body.ts'

/** What is read and dropped of a body that was too much, so that the client gets to see the answer. */
const LINGER_BYTES = 1_048_576

export type BodyWatcher = {
  /** Told once when more came than may. */
  readonly tooLarge: () => void
  /** Told once when the client has no more to send, or has sent too much of what nobody wants. */
  readonly drained: () => void
}

/**
 * Holds a body whose length nobody told to a bound, while it comes in and whoever reads it.
 *
 * @returns false when that cannot be done any more: part of it was read already, or is too much already
 */
export function boundBody(incoming: IncomingMessage, bound: number, watcher: BodyWatcher): boolean {
  const held = heldBody(incoming)
  if (held !== undefined) return held.bytes.length <= bound
  let left = bound - incoming.readableLength
  if (left < 0 || incoming.readableDidRead) return false
  if (incoming.complete) return true
  const push = incoming.push
  // The parser hands every piece of the body to this function. There is no other place before the application.
  incoming.push = (piece: Buffer | null, encoding?: BufferEncoding) => {
    const wasFine = left >= 0
    left -= piece?.length ?? 0
    if (left >= 0) return push.call(incoming, piece, encoding)
    if (wasFine) watcher.tooLarge()
    if (piece === null || left < -LINGER_BYTES) watcher.drained()
    return true
  }
  return true
}
