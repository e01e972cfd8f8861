import type { ServerResponse } from 'node:http'
import { type Asking, setHead } from '../transport/asking.ts'
import type { RouteTable } from './route-table.ts'

/**
 * What is told about the API at a path (RFC 9728), or null where there is nothing to tell.
 *
 * @param asked.host as the request names it
 * @param asked.path of the API, empty for that of the whole host
 * @param asked.routes the ids of the routes at that path
 */
export type ResourceAt = (asked: { host: string; path: string; routes: readonly string[] }) => object | null

// RFC 9728, section 3.
const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const PLAIN = /^(\/[\w.~-]+)*$/
const METHODS = ['GET', 'HEAD', 'OPTIONS']

/**
 * Answers who asks what an API is called and who issues tokens for it: without a credential, and for pages of every origin,
 * since it is nothing secret and nobody could get a token before. Whether the request was such a question; any other goes to
 * the routes.
 */
export function answerResource(
  { resourceAt, table }: { readonly resourceAt: ResourceAt; readonly table: Pick<RouteTable, 'idsAt'> },
  { incoming, response, head }: Asking,
): boolean {
  const [target = ''] = (incoming.url ?? '').split('?', 1)
  if (!target.startsWith(WELL_KNOWN) || !METHODS.includes(incoming.method ?? '')) return false
  const path = target.slice(WELL_KNOWN.length)
  if (!PLAIN.test(path)) return false
  const { host = '' } = incoming.headers
  const name = host.toLowerCase().replace(/:\d*$/, '')
  const found = resourceAt({ host, path, routes: table.idsAt(name, path === '' ? '/' : path) })
  if (found === null) return false
  setHead(response, head())
  if (incoming.method === 'OPTIONS') allow(response)
  else tell(response, found)
  return true
}

const OPEN = {
  'cross-origin-resource-policy': 'cross-origin',
  'access-control-allow-origin': '*',
  'x-content-type-options': 'nosniff',
}

function tell(response: ServerResponse, document: object): void {
  const body = JSON.stringify(document)
  response.writeHead(200, {
    ...OPEN,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'public, max-age=300',
  })
  response.end(body)
}

function allow(response: ServerResponse): void {
  response.writeHead(204, {
    ...OPEN,
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': '*',
    'access-control-max-age': '86400',
  })
  response.end()
}
