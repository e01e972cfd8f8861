import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Problem } from '../../core/index.ts'
import type { Case } from '../case.ts'
import { plainErrand } from '../passage/errands.ts'
import type { AnswerHeaders } from '../passage/writer.ts'
import type { LoadedRoute } from '../route/load-routes.ts'
import { shakeHands } from './shake-hands.ts'
import { openTunnel, type Tunnel } from './tunnel.ts'
import type { Tunnels } from './tunnels.ts'
import { answerToHandshake, type WebSocketSettings, withoutExtensions } from './websocket.ts'

/** What an upgrade tells of itself. */
export type UpgradeWatcher = {
  /** Nothing more is to be done: it was answered, or the client is gone. */
  readonly isOver: () => boolean
  readonly refused: (problem: Problem) => void
  /** The handshake is on a connection to the upstream now. */
  readonly connected: () => void
  /** The upstream refuses in words of its own. */
  readonly answered: (status: number, headers: AnswerHeaders, body: Buffer) => void
  readonly failed: (problem: Problem, target: string) => void
  /** Both sides agreed. The client is told so, in these lines. */
  readonly opened: (lines: string[], settings: WebSocketSettings) => void
  /** What came was no handshake that the client asked for. */
  readonly mistaken: () => void
  readonly moved: (bytes: number, from: 'client' | 'upstream') => void
}

/** One request for a WebSocket: its place among those of the route, its handshake, and what is open after that. */
export class Upgrade {
  readonly #client: Socket
  readonly #tunnels: Tunnels
  readonly #watcher: UpgradeWatcher
  #abort: (() => void) | null = null
  #route: string | null = null
  #tunnel: Tunnel | null = null

  constructor(client: Socket, tunnels: Tunnels, watcher: UpgradeWatcher) {
    this.#client = client
    this.#tunnels = tunnels
    this.#watcher = watcher
  }

  get tunnel(): Tunnel | null {
    return this.#tunnel
  }

  begin(of: Case, headers: readonly string[]): void {
    const { websocket, id } = of.route as LoadedRoute
    if (websocket === null) throw new Error('a WebSocket on a route without')
    const problem = this.#tunnels.take(id, websocket.maxConnections)
    if (problem !== null) {
      this.#watcher.refused(problem)
      return
    }
    this.#route = id
    const { connected, failed, answered } = this.#watcher
    this.#abort = shakeHands(plainErrand({ of, headers: withoutExtensions(headers) }, null), {
      connected,
      failed,
      answered,
      switched: (said, upstream) => this.#open(answerToHandshake(of.inbound, said), upstream, websocket),
    })
  }

  #open(lines: string[] | null, upstream: Duplex, settings: WebSocketSettings): void {
    if (lines === null || this.#watcher.isOver()) {
      upstream.destroy()
      if (lines === null) this.#watcher.mistaken()
      return
    }
    this.#watcher.opened(lines, settings)
    const { maxMessage } = settings
    this.#tunnel = openTunnel({ client: this.#client, upstream, maxMessage, moved: this.#watcher.moved })
  }

  /** Leaves the upstream alone, which may not have answered yet. */
  abort(): void {
    this.#abort?.()
  }

  /** The client's side is over: the place is given back. */
  close(): void {
    this.#abort?.()
    if (this.#route !== null) this.#tunnels.leave(this.#route)
    this.#tunnel?.destroy()
  }
}
