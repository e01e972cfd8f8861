import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Somebody else’s server, at an address of this machine. */
export type Other = { readonly url: string; readonly close: () => Promise<void> }

export const SECRET = 'the-credentials-of-this-machine'

/** What only the shop’s own machine can reach, such as the place where a cloud keeps its credentials. */
export function startInside(): Promise<Other> {
  return start('127.0.0.1', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end(SECRET)
  })
}

/** A carrier that was taken over, and pages of an attacker. It stands for the internet. */
export function startCarrier(inside: string): Promise<Other> {
  const parcels: Readonly<Record<string, unknown>> = {
    par_good: { id: 'par_good', grams: 700, place: 'Hamburg' },
    par_markup: { id: 'par_markup', grams: 700, place: '<script>steal()</script>' },
  }
  return start('127.0.0.2', (request, response) => {
    const name = request.url?.split('/').at(-1) ?? ''
    if (name === 'par_elsewhere' || name === 'page')
      return response.writeHead(302, { location: `${inside}/latest/meta-data` }).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(name === 'par_huge' ? Buffer.alloc(5_000_000, ' ') : JSON.stringify(parcels[name]))
  })
}

async function start(host: string, answer: RequestListener): Promise<Other> {
  const server: Server = createServer(answer)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
