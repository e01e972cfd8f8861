import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type MadeCertificate, makeCertificate } from '../../../test/support/certificates.ts'
import type { EventInput } from '../../core/index.ts'
import type { ProviderCall } from './figures.ts'
import { readAnswerOptions, readClientOptions, type SafeClientOptions } from './options.ts'
import { openSafeClient, type SafeClient } from './safe-client.ts'

/** Vouches for the third parties of tests. */
export const authority: MadeCertificate = makeCertificate({ subject: { CN: 'authority' }, ca: true })

export const keyOf = ({ key }: MadeCertificate): string => String(key.export({ type: 'pkcs8', format: 'pem' }))

export type Carrier = {
  readonly url: string
  readonly requests: readonly IncomingMessage[]
  readonly close: () => Promise<void>
}

/** A third party over HTTPS, at an address that stands for the internet. */
export async function startCarrier(
  answer: RequestListener,
  { certificate = carrierCertificate(), mutual = false } = {},
): Promise<Carrier> {
  const requests: IncomingMessage[] = []
  const sockets = new Set<Duplex>()
  const asksForOurs = mutual ? { requestCert: true, rejectUnauthorized: true, ca: authority.pem } : {}
  const server = createServer(
    { cert: certificate.pem, key: keyOf(certificate), ...asksForOurs },
    (request, response) => {
      requests.push(request)
      answer(request, response)
    },
  )
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  return Object.freeze({
    url: `https://carrier.example:${(server.address() as AddressInfo).port}/v2/`,
    requests,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

export function carrierCertificate(): MadeCertificate {
  return makeCertificate({ subject: { CN: 'carrier.example' }, issuer: authority, host: 'carrier.example' })
}

export type TestedClient<T> = SafeClient<T> & {
  readonly events: readonly EventInput[]
  readonly calls: readonly ProviderCall[]
  /** Milliseconds that it waited each time. Time passes only so. */
  readonly waits: readonly number[]
  readonly pass: (milliseconds: number) => void
}

/** A client whose time is the test's, and for whom all names lead to the address that stands for the internet. */
export function openTested<T = unknown>(schema: object | null, options: SafeClientOptions): TestedClient<T> {
  const [events, calls, waits]: [EventInput[], ProviderCall[], number[]] = [[], [], []]
  const given: SafeClientOptions = {
    allowPrivateNetworks: ['127.0.0.2/32'],
    allowAnyPort: true,
    tls: { authority: authority.pem },
    provider: 'carrier',
    onEvent: (event) => events.push(event),
    onCall: (call) => calls.push(call),
    ...options,
  }
  let now = 1_800_000_000_000
  const client = openSafeClient<T>(schema, readClientOptions(given), readAnswerOptions(given), {
    clock: { now: () => now },
    random: () => 1,
    sleep: async (milliseconds) => {
      waits.push(milliseconds)
      now += milliseconds
    },
    resolve: async () => ['127.0.0.2'],
  })
  const pass = (milliseconds: number): void => {
    now += milliseconds
  }
  return Object.freeze({ ...client, events, calls, waits, pass })
}
