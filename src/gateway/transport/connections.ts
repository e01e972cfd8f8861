import type { Socket } from 'node:net'
import { type Address, createId, type EventInput, type Network, type Problem } from '../../core/index.ts'
import { endingOf, type Peer, peerOf, toEvent } from '../../pipeline/index.ts'
import type { Front } from '../passage/front.ts'
import type { Passage } from '../passage/passage.ts'
import { rawProblem } from '../passage/writer.ts'
import { refuseRequest } from '../problems.ts'

/** A client's connection: who is at its other end, and the request that is on it. */
export type Connection = {
  peer: Peer
  trusted: readonly Network[]
  current: Passage | null
}

export type Connections = {
  /** The connection of a socket; null when its other end is gone already. */
  readonly of: (socket: Socket, trusted: readonly Network[]) => Connection | null
  /** Answers what node could not read as a request, and closes. */
  readonly unreadable: (error: Error, socket: Socket) => void
  /** Answers on a bare socket, and closes. */
  readonly refuse: (socket: Socket, problem: Problem) => void
}

export function createConnections(
  deps: { readonly now: () => number; readonly record: (event: EventInput) => void; readonly front: () => Front },
  addressOf: (socket: Socket) => Address | null,
  over?: (socket: Socket) => NonNullable<Peer['over']>,
): Connections {
  const known = new WeakMap<Socket, Connection>()

  function of(socket: Socket, trusted: readonly Network[]): Connection | null {
    const connection = known.get(socket)
    if (connection !== undefined) {
      if (connection.trusted !== trusted) {
        connection.peer = peerOf(connection.peer.address, trusted, connection.peer.over)
        connection.trusted = trusted
      }
      return connection
    }
    const address = addressOf(socket)
    if (address === null) return null
    const made: Connection = { peer: peerOf(address, trusted, over?.(socket)), trusted, current: null }
    known.set(socket, made)
    return made
  }

  function refuse(socket: Socket, problem: Problem): void {
    const requestId = createId('req', deps.now())
    const address = addressOf(socket)
    if (socket.writable) socket.end(rawProblem(problem, requestId, deps.front()))
    socket.destroySoon()
    const ending = endingOf('request.denied', problem, 'request')
    deps.record(toEvent(ending, { address: address?.text ?? null, status: problem.status, requestId }))
  }

  return Object.freeze({
    of,
    refuse,
    unreadable: (error: Error, socket: Socket) => {
      const problem = problemOf(error)
      const current = known.get(socket)?.current ?? null
      // Nothing was said on it, or nobody is there to be told.
      if (problem === null || (current === null && socket.bytesRead === 0)) return void socket.destroy()
      if (current !== null) current.unreadable(problem)
      else refuse(socket, problem)
    },
  })
}

function problemOf(error: Error): Problem | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'HPE_HEADER_OVERFLOW') return refuseRequest('REQUEST_HEADERS_TOO_LARGE', { reason: code })
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refuseRequest('REQUEST_TIMEOUT', { reason: code })
  return code.startsWith('HPE_') ? refuseRequest('REQUEST_MALFORMED', { reason: code }) : null
}
