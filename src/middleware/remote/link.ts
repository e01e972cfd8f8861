import type { Secret } from '../../core/index.ts'

/** The way to a server: its control plane, and a key that may verify others. */
export type Link = {
  /** Posts JSON and answers what came back. @throws Error when the server does not answer with success in time */
  readonly post: (path: string, body: unknown) => Promise<unknown>
  /** The pieces of an answer that goes on. @throws Error when the server refuses, or breaks off */
  readonly stream: (path: string, signal: AbortSignal) => AsyncIterable<string>
  /** Gives every connection back. */
  readonly close: () => Promise<void>
}

const LONGEST_WAIT = 3_000
/** Of an application to its server, the stream of changes among them. */
const CONNECTIONS = 64

/** What a server answers that will not take this, today or tomorrow. */
const FINAL: readonly unknown[] = [400, 404, 413, 415, 422]

function unanswered(what: string, status: number): Error {
  return new Error(`${what} was answered with ${status}`, { cause: status })
}

/** Whether the server will never take what it was sent. */
export function isFinal(error: unknown): boolean {
  return error instanceof Error && FINAL.includes(error.cause)
}

export function createLink({ url, key }: { url: URL; key: Secret }): Link {
  // Of its own, so that none is left open behind an application that ended.
  const client = import('undici').then(({ Agent, fetch }) => ({
    fetch,
    dispatcher: new Agent({ connections: CONNECTIONS }),
  }))
  // Below the path of the address, if it has one.
  const base = url.href.replace(/\/+$/, '')
  const credentials = () => ({ 'x-api-key': key.reveal(), 'user-agent': 'sallyport-middleware' })

  async function post(path: string, body: unknown): Promise<unknown> {
    const { fetch, dispatcher } = await client
    const answer = await fetch(base + path, {
      method: 'POST',
      headers: { ...credentials(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      dispatcher,
      signal: AbortSignal.timeout(LONGEST_WAIT),
    })
    const text = await answer.text()
    if (!answer.ok) throw unanswered(`POST ${path}`, answer.status)
    return text === '' ? null : JSON.parse(text)
  }

  async function* stream(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const { fetch, dispatcher } = await client
    const answer = await fetch(base + path, { headers: credentials(), redirect: 'error', dispatcher, signal })
    if (!answer.ok || answer.body === null) {
      await answer.body?.cancel()
      throw unanswered(`GET ${path}`, answer.status)
    }
    yield ''
    const decoder = new TextDecoder()
    for await (const piece of answer.body) yield decoder.decode(piece as Uint8Array, { stream: true })
  }

  return Object.freeze({ post, stream, close: async () => (await client).dispatcher.destroy() })
}
