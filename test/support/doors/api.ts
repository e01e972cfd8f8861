import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/** One way to the same small API: through the gateway, or guarded from inside. */
export type Door = { readonly name: string; readonly url: string; readonly close: () => Promise<void> }

/** The limit of what is under /limited. */
export const HOUR = { by: 'key', max: 1, per: 'hour', burst: 1 } as const

/** What is asked about documents and orders, as the routes of the gateway ask it. */
export const RULES = {
  viewed: { relation: 'viewer', type: 'document', name: 'id' },
  told: { relation: 'viewer', type: 'document', name: 'id', otherwise: '403' },
  searched: { relation: 'viewer', type: 'document', from: 'query', name: 'document' },
  unknown: { relation: 'nobody', type: 'document', name: 'id' },
  read: { action: 'read', type: 'order', name: 'id' },
  listed: { action: 'list', type: 'order', otherwise: '404' },
} as const

/** What is asked of what requests bring, and what browsers are told: as the routes of the gateway say it. */
export const ASKED = {
  shaped: { maxBody: '2kb', json: { depth: 3 }, inflate: {}, query: { count: 2 } },
  described: { document: fileURLToPath(new URL('./described.openapi.yaml', import.meta.url)) },
  graphql: { depth: 3 },
  cors: { origins: ['https://app.example.com'], credentials: true },
} as const

/** What may be written of papers, for who has no configuration of the server's. */
export const PROPERTIES = {
  papers: {
    audiences: {
      public: { readable: ['id', 'title', 'tags'], writable: ['title', 'tags[]'] },
      editors: { permission: 'papers:edit', writable: ['state'] },
    },
  },
}

/** What a handler says of the body that it got. */
export function told(body: unknown): string {
  return body === undefined ? 'nothing' : JSON.stringify(body)
}

/** What a handler says of the pieces that it read of a body. */
export function toldOf(pieces: readonly Buffer[]): string {
  const text = Buffer.concat(pieces).toString()
  return told(text === '' ? undefined : JSON.parse(text))
}

/** What an API behind a door says that it got. */
export type Echo = { readonly principal: string | null; readonly headers: Readonly<Record<string, string>> }

export function echo({ headers }: Pick<IncomingMessage, 'headers'>, principal: unknown): string {
  return JSON.stringify({ principal: principal ?? null, headers })
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
