import { Readable } from 'node:stream'
import { systemClock } from '../core/index.ts'
import { server as loadServer } from './loaded.ts'
import { requireRereadable, type Surroundings } from './surroundings.ts'
import { opened, UsageError } from './usage.ts'

export type Answer = { readonly status: number; readonly body: unknown }

/** The control plane, wherever it is: commands know nothing but its HTTP API. */
export type Api = {
  /** @param as a key to ask with, instead of what the command was told to ask with */
  readonly call: (method: string, path: string, body?: unknown, as?: string) => Promise<Answer>
  /** Asks for an answer that comes line by line, such as an export. */
  readonly stream: (path: string) => Promise<{ readonly status: number; readonly body: Readable }>
  readonly close: () => Promise<void>
}

/**
 * Opens the API that commands speak to. With `--server` it is that server, asked with `--key`; otherwise it is the same
 * API built over the local store inside this process, also while a server runs on that store.
 */
export async function openApi(around: Surroundings): Promise<Api> {
  if (around.server !== undefined) return remoteApi(around.server, around.key)
  if (around.key !== undefined) throw new UsageError('--key goes with --server; a local command needs none')
  const { config, reread } = await requireRereadable(around)
  const { createLocalApi } = await loadServer()
  const local = await opened(createLocalApi({ config, reread, clock: systemClock }))
  for (const warning of local.warnings) process.stderr.write(`${warning}\n`)
  return local
}

function remoteApi(server: string, key: string | undefined): Api {
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    throw new UsageError(`--server takes a URL such as https://gate.example.com, not "${server}"`)
  }
  if (key === undefined) throw new UsageError('--server needs --key KEY (or SALLYPORT_KEY): a key with the permission')
  const call: Api['call'] = async (method, path, body, as) => {
    const answer = await ask(new URL(path, server), method, as ?? key, body)
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? null : parsed(text) }
  }
  const stream: Api['stream'] = async (path) => {
    const answer = await ask(new URL(path, server), 'GET', key, undefined)
    return { status: answer.status, body: answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body) }
  }
  return { call, stream, close: async () => undefined }
}

async function ask(url: URL, method: string, key: string, body: unknown): Promise<Response> {
  const headers = { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  try {
    return await fetch(url, {
      method,
      headers,
      redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new UsageError(`${url.origin} does not answer: ${cause}`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { detail: 'The server answered something that is not JSON; is it a Sallyport control plane?' }
  }
}
