import type { Server } from 'node:http'
import { Server as Listener } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const LOOK_EVERY = 20
/** Idle connections get this long to send one more request, which is answered with `Connection: close`. */
const IDLE_GRACE = 1_000

/**
 * Stops a server without failing a request: nobody new is let in, what is under way may finish, and a kept
 * connection is closed by an answer that says so rather than under a request that is on its way.
 *
 * @param underWay how many requests are being answered
 * @returns how many were still under way when the time was up and were broken off
 */
export async function drainServer(server: Server, milliseconds: number, underWay: () => number): Promise<number> {
  // The listener alone: closing the HTTP server would cut idle connections at once.
  if (server.listening) Listener.prototype.close.call(server)
  for (let waited = 0; waited < milliseconds; waited += LOOK_EVERY) {
    if (underWay() === 0 && (waited >= IDLE_GRACE || (await connectionsOf(server)) === 0)) break
    await wait(LOOK_EVERY)
  }
  const left = underWay()
  server.closeAllConnections()
  return left
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 0)))
}
