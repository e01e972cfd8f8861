import type { Dispatcher } from 'undici'
import type { Lookup } from './breach.ts'
import type { BreachSettings } from './settings.ts'

const MOST_BYTES = 1024 * 1024
const CONNECTIONS = 8
const PREFIX = 5
const LINE = /^([0-9A-F]{35}):(\d{1,10})$/i

/**
 * Asks a range service: the first five digits of the hash go out, and every hash that begins so comes back. Padding asks
 * for some that are in no list, with a count of 0, so that the length of the answer tells nothing either.
 *
 * https://haveibeenpwned.com/API/v3#PwnedPasswords
 */
export function createBreachRange({ url, timeout }: BreachSettings): { lookup: Lookup; stop: () => Promise<void> } {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  let agent: Promise<Dispatcher> | null = null

  async function lookup(sha1: string): Promise<number> {
    agent ??= openAgent()
    const signal = AbortSignal.timeout(timeout)
    try {
      const { origin, pathname, search } = new URL(sha1.slice(0, PREFIX), base)
      const answer = await (await agent).request({ origin, path: pathname + search, method: 'GET', headers, signal })
      const text = await textOf(answer)
      return countIn(text, sha1.slice(PREFIX))
    } catch (error) {
      throw signal.aborted ? new Error(`no answer within ${timeout} ms`) : error
    }
  }

  async function stop(): Promise<void> {
    await (await agent)?.destroy()
  }

  return Object.freeze({ lookup, stop })
}

const headers = { 'add-padding': 'true', 'user-agent': 'Sallyport', accept: 'text/plain' }

async function openAgent(): Promise<Dispatcher> {
  const { Agent } = await import('undici')
  return new Agent({ connections: CONNECTIONS, allowH2: false })
}

async function textOf({ statusCode, body }: Dispatcher.ResponseData): Promise<string> {
  if (statusCode !== 200) {
    // Destroying it says that it was aborted, and an error that nobody hears ends the process.
    body.on('error', () => {}).destroy()
    throw new Error(`the range service answered ${statusCode}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Error(`the range service answered more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('latin1')
}

// One line that is none makes the whole answer one that cannot be believed: something else answered.
function countIn(text: string, suffix: string): number {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const entries = lines.map((line) => LINE.exec(line.trim()))
  if (entries.length === 0 || entries.includes(null)) throw new Error('the range service answered something else')
  const entry = entries.find((it) => it?.[1]?.toUpperCase() === suffix)
  return Number(entry?.[2] ?? 0)
}
