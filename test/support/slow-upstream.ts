import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream that answers at once, but for paths that end in `/slow`: those wait until the test answers them. */
export type SlowUpstream = {
  readonly url: string
  readonly waiting: ServerResponse[]
  readonly close: () => Promise<void>
}

export async function openSlowUpstream(): Promise<SlowUpstream> {
  const waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    request.resume()
    if (request.url?.endsWith('/slow')) waiting.push(response)
    else response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
