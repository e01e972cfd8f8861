import { hash } from 'node:crypto'
import type { PostgresPoolClient } from 'kysely'
import type pg from 'pg'

/**
 * How a statement begins whose plan a connection keeps: for those that are asked at every turn and take longer to plan than to
 * run. Its columns must be named one by one, and its texts few: each connection keeps each of them.
 */
export const KEEP_PLAN = '/* keep plan */ '

const MOST_TEXTS = 200
const names = new Map<string, string>()

/** A connection that keeps the plans of such statements, and else asks as it is told. */
export function keepingPlans(client: pg.PoolClient): PostgresPoolClient {
  const query = (text: unknown, values?: unknown) => {
    const name = typeof text === 'string' && text.startsWith(KEEP_PLAN) ? nameOf(text) : undefined
    if (name === undefined) return Reflect.apply(client.query, client, values === undefined ? [text] : [text, values])
    return client.query({ name, text: text as string, values: values as unknown[] })
  }
  return Object.freeze({
    query,
    release: (destroy?: boolean) => client.release(destroy),
    processID: Reflect.get(client, 'processID'),
  }) as unknown as PostgresPoolClient
}

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= MOST_TEXTS) return known
  const name = hash('sha256', text, 'base64url')
  names.set(text, name)
  return name
}
