import type { FastifyRequest } from 'fastify'
import type { ControlApp } from './caller.ts'

// Enough for every process of a large application to listen with one key.
const MOST_OF_A_CALLER = 100

/**
 * Keeps the streams of a group of routes: each caller has a bounded number of them, and all end when the server closes,
 * which would wait for them for ever.
 *
 * @returns a function that opens a stream for a request: the signal that ends it, or null when the caller has too many
 */
export function keepStreams(
  app: Pick<ControlApp, 'addHook'>,
  most = MOST_OF_A_CALLER,
): (request: FastifyRequest) => AbortSignal | null {
  const closing = new AbortController()
  const open = new Map<string, number>()
  app.addHook('preClose', async () => closing.abort())

  function left(who: string): void {
    const others = (open.get(who) ?? 1) - 1
    if (others === 0) open.delete(who)
    else open.set(who, others)
  }

  return ({ caller, raw }) => {
    const who = caller.principal.credential?.id ?? caller.principal.id
    const count = open.get(who) ?? 0
    if (count >= most) return null
    open.set(who, count + 1)
    const leaving = new AbortController()
    raw.once('close', () => {
      leaving.abort()
      left(who)
    })
    return AbortSignal.any([leaving.signal, closing.signal])
  }
}
