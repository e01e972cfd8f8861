import type { IncomingMessage, ServerResponse } from 'node:http'
import { createId, type Problem } from '../../core/index.ts'
import { writeProblem } from '../../pipeline/index.ts'
import { refuseRequest } from '../problems.ts'
import { type Asking, setHead } from './asking.ts'

/** A request for something of the gateway's own. */
export type OwnAsked = {
  readonly method: string
  /** As it was written, without query. */
  readonly path: string
  readonly header: (name: string) => string | undefined
  /** The whole body, or null for one that is too large or broke off. */
  readonly body: () => Promise<Buffer | null>
}

export type OwnAnswer =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | Buffer }
  | Problem

/** What the gateway answers itself, whatever its routes are: everything whose path begins so. */
export type OwnPages = {
  readonly prefix: string
  readonly answer: (asked: OwnAsked) => Promise<OwnAnswer>
}

type Parts = { readonly now: () => number; readonly crashed: (error: unknown, requestId: string) => void }

const LARGEST = 16_384

/** Answers a request for a page of the gateway's own. Whether it was one; any other goes to the routes. */
export function answerOwn(pages: OwnPages | null, asking: Asking, { now, crashed }: Parts): boolean {
  if (pages === null || asking.incoming.url?.startsWith(pages.prefix) !== true) return false
  const requestId = createId('req', now())
  pages
    .answer(askedOf(asking))
    .catch((error): OwnAnswer => {
      crashed(error, requestId)
      return refuseRequest('INTERNAL_ERROR')
    })
    .then((answer) => write(asking, answer, requestId))
    .catch((error) => {
      crashed(error, requestId)
      asking.incoming.socket.destroy()
    })
  return true
}

function askedOf({ incoming, response }: Asking): OwnAsked {
  const { method = '', url = '', headers } = incoming
  return {
    method,
    path: url.split('?', 1)[0] ?? '',
    header: (name) => {
      const value = headers[name]
      return typeof value === 'object' ? value.join(', ') : value
    },
    body: () => bodyOf(incoming, response),
  }
}

async function bodyOf(incoming: IncomingMessage, response: ServerResponse): Promise<Buffer | null> {
  if (incoming.headers.expect !== undefined) response.writeContinue()
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of incoming) {
      bytes += (piece as Buffer).length
      if (bytes > LARGEST) return null
      pieces.push(piece as Buffer)
    }
  } catch {
    return null
  }
  return Buffer.concat(pieces)
}

function write({ incoming, response, head }: Asking, answer: OwnAnswer, requestId: string): void {
  if (response.destroyed) return
  // What was not read would be taken for the next request.
  const last = !incoming.complete
  if ('code' in answer) {
    writeProblem(response, answer, { requestId, head: head(), notes: [], last })
    response.end()
    return
  }
  setHead(response, head())
  const length = answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(answer.body)) }
  response.writeHead(answer.status, { ...answer.headers, ...length, ...(last && { connection: 'close' }) })
  response.end(incoming.method === 'HEAD' ? undefined : answer.body)
}
