import type { Server } from 'node:http'
import { Server as Listener } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Watch } from '../passage/watch.ts'

const LOOK_EVERY = 20
/** Idle connections get this long to send one more request, which is answered with `Connection: close`. */
const IDLE_GRACE = 1_000
/** What is ended kindly gets this long for it. */
const GOODBYE = 1_500

type Leaving = Pick<Watch, 'size' | 'each'>

/**
 * Stops a server without failing a request: nobody new is let in, what is under way may finish, and a kept
 * connection is closed by an answer that says so rather than under a request that is on its way.
 *
 * @param watch what is under way; what has no end of its own, as WebSockets and streams of events, is ended kindly then
 * @returns how many were still under way when the time was up and were broken off
 */
export async function drainServer(server: Server, milliseconds: number, watch: Leaving): Promise<number> {
  const { size: underWay, each } = watch
  // The listener alone: closing the HTTP server would cut idle connections at once.
  if (server.listening) Listener.prototype.close.call(server)
  for (let waited = 0; waited < milliseconds; waited += LOOK_EVERY) {
    if (underWay() === 0 && (waited >= IDLE_GRACE || (await connectionsOf(server)) === 0)) break
    await wait(LOOK_EVERY)
  }
  each((one) => one.farewell?.())
  for (let waited = 0; waited < Math.min(milliseconds, GOODBYE) && underWay() > 0; waited += LOOK_EVERY)
    await wait(LOOK_EVERY)
  const left = underWay()
  each((one) => one.cutOff?.())
  server.closeAllConnections()
  return left
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 0)))
}
