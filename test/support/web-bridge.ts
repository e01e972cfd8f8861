import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Serves a function of `fetch` objects over `node:http`, as frameworks do that have no other. */
export function answerThrough(answer: (request: Request) => Promise<Response>) {
  return async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const leaving = new AbortController()
    response.once('close', () => response.writableFinished || leaving.abort())
    const { status, headers, body } = await answer(requestOf(incoming, leaving.signal))
    if (response.destroyed) return
    response.writeHead(status, [...headers].flat())
    if (body === null) response.end()
    else await pipeline(Readable.fromWeb(body as never), response).catch(() => undefined)
  }
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers()
  const { rawHeaders: lines, method = 'GET' } = incoming
  for (let i = 0; i < lines.length; i += 2) headers.append(lines[i] as string, lines[i + 1] as string)
  const url = `http://${incoming.headers.host}${incoming.url}`
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal })
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
  return new Request(url, { method, headers, signal, body, duplex: 'half' })
}
