import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { heldBody } from './held-body.ts'
import type { Answer } from './visit.ts'

/** A `fetch` request as the guards read requests: as one that came over a connection. */
export type Played = {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  /** What the guards answered. */
  readonly write: (answer: Answer) => void
  /** Resolves with what the guards answer, also while the handler is at work. */
  readonly refused: Promise<Response>
  /** What the handler gets: the headers that were left, and the body as far as it may be read. */
  readonly left: (judged: Buffer | null) => Request
  /** The answer of the application, with what the guards have to say on it. Its end is the end of the request. */
  readonly end: (answer: Response) => Response
  /** Nobody is there any more, or there is no answer. */
  readonly close: (status?: number) => void
}

/** @param address the other end of the connection */
export function playRequest(request: Request, address: string): Played {
  const incoming = incomingOf(request, address)
  const response = new ServerResponse(incoming)
  const { promise: refused, resolve } = Promise.withResolvers<Response>()
  let over = false

  function end(status: number | null): void {
    if (over) return
    over = true
    if (status !== null) {
      if (!response.headersSent) response.writeHead(status)
      response.emit('finish')
    }
    response.emit('close')
  }

  function deliver(body: Buffer): void {
    const status = response.statusCode
    resolve(new Response(body.length === 0 ? null : new Uint8Array(body), { status, headers: headersOf(response) }))
    end(status)
  }

  captureHead(response, deliver)
  if (request.signal.aborted) response.destroy()
  else request.signal.addEventListener('abort', () => end(null), { once: true })
  return {
    incoming,
    response,
    write: ({ status, lines, body }) => {
      response.writeHead(status, [...lines])
      deliver(body)
    },
    refused,
    left: (judged) => leftOf(request, incoming, judged),
    end: (answer) => withNotes(answer, response, end),
    close: (status) => end(status ?? null),
  }
}

function incomingOf(request: Request, address: string): IncomingMessage {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: address })
  socket.on('error', () => undefined)
  const incoming = new IncomingMessage(socket)
  const { pathname, search, host } = new URL(request.url)
  const headers = new Headers(request.headers)
  if (!headers.has('host')) headers.set('host', host)
  // A body of unknown length is one that comes in pieces, whatever carried it.
  const isOpen = request.body !== null && !headers.has('content-length')
  if (isOpen) headers.set('transfer-encoding', 'chunked')
  const fields = Object.fromEntries(headers)
  const lines = [...headers].flat()
  return Object.assign(incoming, {
    method: request.method,
    url: pathname + search,
    httpVersion: '1.1',
    headers: fields,
    headersDistinct: Object.fromEntries([...headers].map(([name, value]) => [name, [value]])),
    rawHeaders: lines,
    _read: pump(request, incoming),
  }).on('error', () => undefined)
}

// Nothing of the body is asked for before somebody reads it, and then as much as is taken.
function pump({ body }: Request, incoming: IncomingMessage): () => void {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let isReading = false
  const finish = () => {
    incoming.complete = true
    incoming.push(null)
  }
  const read = (from: ReadableStreamDefaultReader<Uint8Array>): void => {
    isReading = true
    from.read().then(
      ({ done, value }) => {
        isReading = false
        if (done) finish()
        else if (incoming.push(Buffer.from(value))) read(from)
      },
      (error) => incoming.destroy(error),
    )
  }
  const begin = incoming._read
  return () => {
    // Node holds back what reads ahead until it is asked for the first time.
    begin.call(incoming, 0)
    if (body === null) return finish()
    reader ??= body.getReader()
    if (!isReading) read(reader)
  }
}

// There is no connection: a head is kept as it is written, and the answer is whole with the first piece of its body.
function captureHead(response: ServerResponse, deliver: (body: Buffer) => void): void {
  const original = response.writeHead
  Object.assign(response, {
    writeHead: (status: number, lines: readonly string[] = []) => {
      const headers = new Headers()
      for (let i = 0; i < lines.length; i += 2) headers.append(lines[i] as string, lines[i + 1] as string)
      for (const name of new Set(headers.keys())) response.setHeader(name, valuesOf(headers, name))
      return original.call(response, status)
    },
    write: (body: Buffer) => {
      deliver(body)
      return true
    },
    end: () => response,
  })
}

function valuesOf(headers: Headers, name: string): string | string[] {
  return name === 'set-cookie' ? headers.getSetCookie() : (headers.get(name) as string)
}

function headersOf(response: ServerResponse): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.getHeaders()))
    for (const one of [value].flat()) headers.append(name, String(one))
  return headers
}

function leftOf({ url, method, signal }: Request, incoming: IncomingMessage, judged: Buffer | null): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal })
  const bytes = judged ?? heldBody(incoming)?.bytes
  if (bytes !== undefined) {
    const body = bytes.length === 0 ? null : new Uint8Array(bytes)
    return new Request(url, { method, headers, signal, body })
  }
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
  return new Request(url, { method, headers, signal, body, duplex: 'half' })
}

function withNotes(answer: Response, response: ServerResponse, end: (status: number | null) => void): Response {
  const { status, statusText } = answer
  for (const name of new Set(answer.headers.keys())) response.setHeader(name, valuesOf(answer.headers, name))
  // The head is on its way: what is refused from here on cannot be said any more.
  response.writeHead(status)
  const headers = headersOf(response)
  if (answer.body === null) {
    end(status)
    return new Response(null, { status, statusText, headers })
  }
  const watched = new TransformStream({
    // A head without its whole body must not look like an answer.
    start: (controller) => void response.req.socket.once('error', (error) => controller.error(error)),
    flush: () => end(status),
    cancel: () => end(null),
  })
  return new Response(answer.body.pipeThrough(watched), { status, statusText, headers })
}
