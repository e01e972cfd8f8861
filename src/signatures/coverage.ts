import type { InnerList } from './field.ts'

/** What is needed of a signature before anybody asks whose it is. */
export type Coverage = {
  /** Header names that must be covered, in lower case, besides what is always needed. */
  readonly headers: readonly string[]
  /** Whether the request has a query. */
  readonly query: boolean
  /** Whether the request has a body, or a digest of one. */
  readonly body: boolean
  /** Whether the request has a header. */
  readonly has: (name: string) => boolean
}

/** What a body means is said by these: with another type the same bytes are another request. */
const OF_BODY = ['content-type', 'content-encoding']

/**
 * The components that a signature should cover and does not: method, authority and path, the query and the body's digest where
 * there is one. `@target-uri` stands for authority, path and query, `@request-target` for path and query.
 */
export function uncovered({ items }: InnerList, { headers, query, body, has }: Coverage): readonly string[] {
  const names = new Set(
    items.flatMap(({ item, parameters }) => (item.is === 'string' && parameters.size === 0 ? [item.value] : [])),
  )
  const whole = names.has('@target-uri')
  const target = whole || names.has('@request-target')
  const needed = [
    '@method',
    ...(whole ? [] : ['@authority']),
    ...(target ? [] : ['@path', ...(query ? ['@query'] : [])]),
    ...(body ? ['content-digest', ...OF_BODY.filter(has)] : []),
    ...headers,
  ]
  return needed.filter((name) => !names.has(name))
}

/** Why a signature is not of now, or null where it is. @param now milliseconds @param window milliseconds either way */
export function timeFault(
  { created, expires }: { readonly created: number; readonly expires: number | null },
  now: number,
  window: number,
): string | null {
  const age = now - created * 1000
  if (age > window) return 'created too long ago'
  if (age < -window) return 'created in the future'
  if (expires === null) return null
  if (expires < created) return 'expires before it was created'
  return expires * 1000 <= now ? 'expired' : null
}
