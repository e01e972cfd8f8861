import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

const HIGH_WATER = 65_536

export type BodyWatcher = {
  /** Told of each piece that arrived. */
  readonly arrived: (bytes: number) => void
  /** Told once when more came than may. The piece that was too much is not passed on. */
  readonly tooLarge: () => void
}

/**
 * The body of a request as the upstream reads it. It stands between the two connections because each must be able to
 * end alone: an upstream that goes away must not take the client's connection with it, or nobody could be answered.
 * What the upstream does not take is not read from the client.
 */
export class RequestBody extends Readable {
  readonly #source: IncomingMessage
  #left: number

  constructor(source: IncomingMessage, bound: number, watcher: BodyWatcher) {
    super({ highWaterMark: HIGH_WATER })
    this.#source = source
    this.#left = bound
    source.on('data', (piece: Buffer) => {
      if (this.destroyed) return
      this.#left -= piece.length
      watcher.arrived(piece.length)
      if (this.#left < 0) return watcher.tooLarge()
      if (!this.push(piece)) source.pause()
    })
    source.on('end', () => {
      if (!this.destroyed) this.push(null)
    })
    source.pause()
  }

  override _read(): void {
    this.#source.resume()
  }
}
