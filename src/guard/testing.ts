import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSafeFetch, type OutboundDeps } from './safe-fetch.ts'
import type { OutboundSettings } from './settings.ts'

/** A server of this machine, and every request that reached it. */
export type Seen = {
  readonly port: number
  readonly requests: readonly IncomingMessage[]
  readonly close: () => Promise<void>
}

/** @param host which address of the loopback network it listens at; several may share a port */
export async function startSeen(answer: RequestListener, { host = '127.0.0.1', port = 0 } = {}): Promise<Seen> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return Object.freeze({
    port: (server.address() as AddressInfo).port,
    requests,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

/** Everything is relaxed that is not about where addresses lead. */
export const RELAXED: OutboundSettings = {
  allow: null,
  allowInsecureHttp: true,
  allowPrivateNetworks: [],
  ports: [443],
  allowAnyPort: true,
  timeout: 20_000,
  connectTimeout: 10_000,
  maxBytes: 65_536,
  perHost: 4,
}

/** A way out with some settings changed. Names are found in `names` alone; each question takes the next of several answers. */
export function openOutbound(
  changes: Partial<OutboundSettings> = {},
  names: Readonly<Record<string, readonly (readonly string[])[]>> = {},
  more: Pick<OutboundDeps, 'onRefused'> = {},
) {
  const asked: string[] = []
  const resolve = async (host: string): Promise<readonly string[]> => {
    const answers = names[host] ?? []
    const turn = asked.filter((it) => it === host).length
    asked.push(host)
    return answers[Math.min(turn, answers.length - 1)] ?? []
  }
  return { ...createSafeFetch({ settings: { ...RELAXED, ...changes }, resolve, ...more }), asked }
}
