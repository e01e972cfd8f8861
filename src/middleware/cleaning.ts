import type { IncomingMessage } from 'node:http'
import { type Case, misleads, withoutOwnCookies } from '../pipeline/index.ts'

/**
 * Takes out of a request what the application must not see: what carried the credential, so that no log of it can have
 * it, and what would tell it another method, path or principal than the one that was judged.
 */
export function cleanRequest(incoming: IncomingMessage, { inbound, spent }: Case): void {
  const { lines } = inbound
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string
    if (spent.headers.includes(name) || misleads(name)) removeHeader(incoming, name)
    else if (name === 'cookie') cleanCookies(incoming)
  }
}

// All lines of it are one header to whoever reads them.
function cleanCookies(incoming: IncomingMessage): void {
  const { cookie } = incoming.headers
  const left = cookie === undefined ? undefined : withoutOwnCookies(cookie)
  if (left === cookie) return
  removeHeader(incoming, 'cookie')
  if (left == null) return
  incoming.headers.cookie = left
  incoming.rawHeaders.push('cookie', left)
  const { headersDistinct }: Partial<IncomingMessage> = incoming
  if (headersDistinct !== undefined) headersDistinct.cookie = [left]
}

/** Takes a header out of everything that node shows of a request. */
export function removeHeader(incoming: IncomingMessage, name: string): void {
  // Node makes both of these out of the raw lines when they are first asked for, and counts on all lines being there.
  // A request that is only played (Fastify's `inject`) has no lists.
  const { headers, rawHeaders } = incoming
  const { headersDistinct }: Partial<IncomingMessage> = incoming
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    if (rawHeaders[i]?.toLowerCase() === name) rawHeaders.splice(i, 2)
  }
  delete headers[name]
  if (headersDistinct !== undefined) delete headersDistinct[name]
}
