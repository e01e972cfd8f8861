import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** One webhook as it arrived. */
export type Received = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Null when it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each test asserts
  readonly json: any
}

/** A program that is told webhooks, and what it was told. */
export type Receiver = {
  readonly url: string
  readonly received: readonly Received[]
  /** How it answers from now on: a status, headers, or not at all. */
  readonly answer: (how: (response: ServerResponse, received: Received) => void) => void
  readonly close: () => Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  let how = (response: ServerResponse, _received: Received): void => void response.writeHead(204).end()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const isJson = request.headers['content-type'] === 'application/json'
    const json = isJson ? JSON.parse(body) : null
    const one = { path: request.url ?? '', headers: request.headers, body, json }
    received.push(one)
    how(response, one)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.freeze({
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answer: (next: typeof how) => {
      how = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
