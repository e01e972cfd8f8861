import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createId, type Network, parseAddress } from '../core/index.ts'
import { type Peer, peerOf, problemAnswer } from '../pipeline/index.ts'
import type { Engine, Ground } from './engine.ts'
import { overOf } from './own-tls.ts'
import { refuseGuard } from './problems.ts'
import { type Arrived, type Guarding, type Outcome, Visit } from './visit.ts'

/** Where the requests of an application meet its guards. */
export type Reception = {
  /** Asks one guard about a request. All guards of one request meet the same visit. Never throws. */
  readonly ask: (arrived: Arrived, guarding: Guarding) => Outcome | Promise<Outcome>
}

export function createReception(engine: Engine): Reception {
  const visits = new WeakMap<IncomingMessage, Visit>()
  const peers = new WeakMap<Socket, Peer>()

  function peerAt(socket: Socket, trusted: readonly Network[]): Peer {
    const known = peers.get(socket)
    if (known !== undefined) return known
    // A local socket has no address: its other end is this machine.
    const address = parseAddress(socket.remoteAddress ?? '127.0.0.1')
    if (address === null) throw new Error(`a connection from "${socket.remoteAddress}"`)
    const peer = peerOf(address, trusted, overOf(socket))
    peers.set(socket, peer)
    return peer
  }

  function visitOf(arrived: Arrived, ground: Ground): Visit {
    const { incoming } = arrived
    const known = visits.get(incoming)
    if (known !== undefined) return known
    const visit = new Visit(ground, arrived, peerAt(incoming.socket, ground.reading.trusted))
    visits.set(incoming, visit)
    return visit
  }

  return Object.freeze({
    ask: (arrived: Arrived, guarding: Guarding) => {
      const ground = open(engine)
      if (!(ground instanceof Promise)) return visitOf(arrived, ground).ask(guarding)
      return ground.then(
        (late) => visitOf(arrived, late).ask(guarding),
        () => closed(arrived),
      )
    },
  })
}

function open(engine: Engine): Ground | Promise<Ground> {
  try {
    return engine.ground()
  } catch (error) {
    return Promise.reject(error)
  }
}

// There is nowhere to read the request with, nor to write its Event: it is refused all the same.
function closed({ response, write }: Arrived): Outcome {
  const problem = refuseGuard('GUARD_UNAVAILABLE', { retryAfter: 5 })
  const requestId = createId('req', Date.now())
  if (!response.headersSent) {
    write({ status: problem.status, ...problemAnswer(problem, { requestId, notes: [], last: false }) })
  }
  return { is: 'over' }
}
