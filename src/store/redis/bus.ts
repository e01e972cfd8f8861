import { type Bus, createSubscribers } from '../bus.ts'
import { connectRedis, publicError, type RedisOptions } from './connection.ts'

/**
 * A bus between processes. Redis keeps no messages: whoever was away hears nothing of them, so each time it hears again
 * every subscriber is told that anything may have changed.
 */
export async function createRedisBus(options: RedisOptions): Promise<Bus> {
  const onError = options.onError ?? (() => undefined)
  const channel = `${options.prefix}changes`
  const subscribers = createSubscribers(onError)
  const [speaking, hearing] = await Promise.all([connectRedis(options), connectRedis(options)])
  let listening = false
  let closed = false

  hearing.on('message', (_channel: string, message: string) => {
    const found = readMessage(message)
    if (found !== null) subscribers.tell(found.topic, found.ref)
  })
  hearing.on('close', () => {
    listening = false
  })

  async function listen(): Promise<void> {
    await hearing.subscribe(channel)
    listening = true
    subscribers.tellAll()
  }

  const listenOrReport = () => listen().catch((error: unknown) => onError(publicError(error)))
  hearing.on('ready', listenOrReport)
  if (hearing.status === 'ready') await listenOrReport()

  return Object.freeze({
    publish: (topic: string, ref: string) => {
      if (closed) return
      speaking.publish(channel, JSON.stringify({ topic, ref })).catch((error: unknown) => onError(publicError(error)))
    },
    subscribe: subscribers.add,
    connected: () => !closed && listening && speaking.status === 'ready',
    close: async () => {
      closed = true
      subscribers.clear()
      speaking.disconnect()
      hearing.disconnect()
    },
  })
}

// Whoever else writes to the channel cannot make us fail; what is lost this way comes by the poll.
function readMessage(message: string): { topic: string; ref: string } | null {
  try {
    const { topic, ref } = JSON.parse(message) ?? {}
    return typeof topic === 'string' && typeof ref === 'string' ? { topic, ref } : null
  } catch {
    return null
  }
}
