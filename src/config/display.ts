import type { Secret } from '../core/index.ts'
import { type RedisAddress, readRedisAddress } from './redis-address.ts'

/**
 * The address of a database or of Redis for people and logs: without user, password and parameters.
 *
 * @example displayUrl(config.database.url) // 'postgres://db.example.com/sallyport'
 */
export function displayUrl(url: Secret): string {
  const text = url.reveal()
  if (text.startsWith('sqlite:')) return text
  const redis = readRedisAddress(text)
  if (typeof redis !== 'string' && redis.master !== null) return sentinelsText(redis)
  const parsed = URL.parse(text)
  return parsed === null ? '[secret]' : `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}

function sentinelsText({ tls, nodes, master }: RedisAddress): string {
  return `redis${tls ? 's' : ''}-sentinel://${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}?master=${master}`
}
