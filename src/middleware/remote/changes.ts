import { setTimeout as wait } from 'node:timers/promises'
import type { Link } from './link.ts'

/** What a server says of its keys, heard as it says it. */
export type Changes = {
  /** Whether the server was heard of so lately that what is remembered may be believed. */
  readonly fresh: () => boolean
  readonly stop: () => Promise<void>
}

/** Without a word from the server for so long, nothing that is remembered is believed. */
const BELIEVED = 5_000
const LOOK_EVERY = 500
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 2_000
const LONGEST_MESSAGE = 65_536

/**
 * Follows the changes of a server's keys, again and again when the stream breaks. Nobody knows what was said meanwhile,
 * so each new stream begins with forgetting everything.
 *
 * @param deps.heard gets the id of a key or owner, or null for everything
 * @param deps.steady milliseconds that never run backwards
 * @param deps.onError told once when the stream is lost, and again only after it was back
 */
export function followChanges(deps: {
  link: Link
  heard: (ref: string | null) => void
  steady: () => number
  onError: (error: unknown) => void
}): Changes {
  const stopping = new AbortController()
  let current = new AbortController()
  let lastWord = Number.NEGATIVE_INFINITY
  let known = true
  let pause = FIRST_PAUSE

  const fresh = () => deps.steady() - lastWord <= BELIEVED

  // A connection whose other end is gone without a word looks like a quiet one.
  const watchdog = setInterval(() => {
    if (!fresh()) current.abort(new Error('the server is silent'))
  }, LOOK_EVERY)
  watchdog.unref()

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      current = new AbortController()
      const patience = setTimeout(() => current.abort(new Error('the server does not answer')), BELIEVED)
      patience.unref()
      try {
        // It may end in order, as when the server stops, or has to look again whether we may listen.
        await listen(AbortSignal.any([current.signal, stopping.signal]), () => clearTimeout(patience))
      } catch (error) {
        lost(error)
      } finally {
        clearTimeout(patience)
      }
      await wait(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
  }

  async function listen(signal: AbortSignal, begun: () => void): Promise<void> {
    let text = ''
    let first = true
    for await (const piece of deps.link.stream('/v1/keys/changes', signal)) {
      if (first) found(begun)
      first = false
      lastWord = deps.steady()
      text = hear(text + piece)
      if (text.length > LONGEST_MESSAGE) throw new Error('the server sent a message without end')
    }
  }

  function found(begun: () => void): void {
    begun()
    deps.heard(null)
    known = true
    pause = FIRST_PAUSE
  }

  // HTML Living Standard, section 9.2.6: messages end with an empty line; what has no data is only a sign of life.
  function hear(text: string): string {
    const messages = text.split('\n\n')
    const rest = messages.pop() ?? ''
    for (const message of messages) {
      if (!message.startsWith('data: ')) continue
      const ref: unknown = JSON.parse(message.slice('data: '.length))
      // What is not understood may mean anything.
      deps.heard(typeof ref === 'string' ? ref : null)
    }
    return rest
  }

  function lost(error: unknown): void {
    if (stopping.signal.aborted || !known) return
    known = false
    deps.onError(error)
  }

  const following = follow()
  return Object.freeze({
    fresh,
    stop: async () => {
      clearInterval(watchdog)
      stopping.abort()
      await following
    },
  })
}
