import type { Duplex } from 'node:stream'
import { closingFrame, createFrames, type Frames } from './frames.ts'

/** A WebSocket that is open: bytes of whole frames, piped both ways. */
export type Tunnel = {
  /** Ends it with a code: both sides are told where a frame may be put, and then the connections are closed. */
  readonly end: (code: number) => void
  /** Breaks both connections off. */
  readonly destroy: () => void
  /** The code that it was closed with (1006: with none), and by whom. */
  readonly closing: () => Closing
}

type Closing = { readonly code: number; readonly by: 'client' | 'upstream' | 'gateway' }

export type TunnelEnds = {
  readonly client: Duplex
  readonly upstream: Duplex
  /** Bytes of one message. */
  readonly maxMessage: number
  readonly moved: (bytes: number, from: 'client' | 'upstream') => void
}

/** Given to write what is left before a connection is broken off, in milliseconds. */
const LINGER = 1_000

/** Pipes frames between a client and an upstream, neither faster than the other takes them. */
export function openTunnel({ client, upstream, maxMessage, moved }: TunnelEnds): Tunnel {
  const fromClient = createFrames({ masked: true, maxMessage })
  const fromUpstream = createFrames({ masked: false, maxMessage })
  let ended: number | null = null

  function end(code: number): void {
    if (ended !== null) return
    ended = code
    finish(client, fromUpstream, closingFrame(code, false))
    finish(upstream, fromClient, closingFrame(code, true))
  }

  function destroy(): void {
    client.destroy()
    upstream.destroy()
  }

  pipe({ from: client, to: upstream, frames: fromClient, fault: end, moved: (bytes) => moved(bytes, 'client') })
  pipe({ from: upstream, to: client, frames: fromUpstream, fault: end, moved: (bytes) => moved(bytes, 'upstream') })

  return Object.freeze({
    end,
    destroy,
    closing: (): Closing => {
      if (ended !== null) return { code: ended, by: 'gateway' }
      const [byClient, byUpstream] = [fromClient.closing(), fromUpstream.closing()]
      if (byClient !== null) return { code: byClient, by: 'client' }
      return { code: byUpstream ?? 1006, by: byUpstream === null ? 'client' : 'upstream' }
    },
  })

  function pipe({ from, to, frames, fault, moved: count }: Pipe): void {
    from.on('data', (piece: Buffer) => {
      if (ended !== null) return
      const wrong = frames.look(piece)
      if (wrong !== null) {
        fault(wrong)
        return
      }
      count(piece.length)
      if (to.write(piece)) return
      from.pause()
      to.once('drain', () => from.resume())
    })
    from.on('end', () => to.end())
    from.on('error', () => undefined)
    from.on('close', () => breakOff(to))
  }

  function finish(to: Duplex, frames: Frames, frame: Buffer): void {
    if (to.writable && frames.isBetween() && frames.closing() === null) to.write(frame)
    to.end()
    to.resume()
    breakOff(to)
  }
}

type Pipe = {
  readonly from: Duplex
  readonly to: Duplex
  readonly frames: Frames
  readonly fault: (code: number) => void
  readonly moved: (bytes: number) => void
}

function breakOff(socket: Duplex): void {
  if (socket.destroyed) return
  socket.end()
  const timer = setTimeout(() => socket.destroy(), LINGER)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}
