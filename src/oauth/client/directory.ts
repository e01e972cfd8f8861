import { LRUCache } from 'lru-cache'
import { type Clock, isId } from '../../core/index.ts'
import type { OauthClient } from './client.ts'

export type ClientDirectory = {
  /** A client that may be used, or null. A plain value when warm, a promise when it must be read. */
  readonly find: (id: string) => OauthClient | null | Promise<OauthClient | null>
  /** Forgets one client, or all of them with null. */
  readonly forget: (id: string | null) => void
}

const CAPACITY = 5_000
const MOST_REFUSED = 10_000
const REFUSED_FOR = 5_000

/**
 * The warm memory of clients. What was found nowhere is remembered apart and briefly, so that a flood of invented ids
 * pushes out nobody and does not reach the database again and again.
 *
 * @param read a client that may be used, from the database; null for what is not there or disabled
 */
export function createClientDirectory(deps: {
  read: (id: string) => Promise<OauthClient | null>
  clock: Clock
}): ClientDirectory {
  const warm = new LRUCache<string, OauthClient>({ max: CAPACITY })
  const refused = new LRUCache<string, number>({ max: MOST_REFUSED })
  // Raised by every change; a read that began before it may not be remembered.
  let generation = 0

  function find(id: string): OauthClient | null | Promise<OauthClient | null> {
    if (!isId('cli', id)) return null
    const client = warm.get(id)
    if (client !== undefined) return client
    return (refused.get(id) ?? 0) > deps.clock.now() ? null : look(id)
  }

  async function look(id: string): Promise<OauthClient | null> {
    const before = generation
    const client = await deps.read(id)
    if (generation !== before) return client
    if (client === null) refused.set(id, deps.clock.now() + REFUSED_FOR)
    else warm.set(id, client)
    return client
  }

  function forget(id: string | null): void {
    generation++
    refused.clear()
    if (id === null) warm.clear()
    else warm.delete(id)
  }

  return Object.freeze({ find, forget })
}
