import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createTools, type Orders, openOrders, toolOf } from './tools.ts'

const MOST_BYTES = 65_536

/**
 * Tools for agents, over streamable HTTP and without sessions. It stands behind the gateway, which has judged the token and
 * says in `X-Principal-Scopes` what it allows; nobody else may reach it. Which scope a tool needs is known here alone.
 *
 * @param resource the address that agents call it by, at the gateway
 */
export function createToolServer({ resource }: { resource: string }): Server {
  const orders = openOrders()
  return createServer((request, response) => {
    answer(request, response, { resource, orders }).catch(() => response.destroy())
  })
}

type Place = { readonly resource: string; readonly orders: Orders }

async function answer(request: IncomingMessage, response: ServerResponse, place: Place): Promise<void> {
  if (request.method !== 'POST') return end(response, 405, { allow: 'POST' })
  const body = await read(request)
  if (body === undefined) return end(response, 400)
  const held = String(request.headers['x-principal-scopes'] ?? '').split(' ')
  const missing = scopesOf(body).filter((scope) => !held.includes(scope))
  if (missing.length > 0) return refuse(response, [...held, ...missing], place.resource)
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  const tools = createTools(place.orders)
  response.on('close', () => void tools.close())
  await tools.connect(transport)
  await transport.handleRequest(request, response, body)
}

/** What is asked is judged as it was read here, and read no second time. */
async function read(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > MOST_BYTES) return undefined
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    return undefined
  }
}

/** The scopes that a message needs: those of the tools that it calls. */
function scopesOf(body: unknown): string[] {
  return [body].flat().flatMap((message) => {
    const { method, params } = (message ?? {}) as { method?: unknown; params?: { name?: unknown } }
    return method === 'tools/call' ? (toolOf(params?.name)?.scope ?? []) : []
  })
}

/** Tells the agent what to ask the authorization server for (RFC 6750, section 3.1; RFC 9728, section 5.1). */
function refuse(response: ServerResponse, scopes: readonly string[], resource: string): void {
  const { origin, pathname } = new URL(resource)
  const named = [...new Set(scopes)].join(' ').trim()
  const about = `${origin}/.well-known/oauth-protected-resource${pathname}`
  const challenge = `Bearer error="insufficient_scope", scope="${named}", resource_metadata="${about}"`
  end(response, 403, { 'www-authenticate': challenge })
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end()
}
