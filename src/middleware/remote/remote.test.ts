import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { EventInput } from '../../core/index.ts'
import { followChanges } from './changes.ts'
import type { Link } from './link.ts'
import { createReports } from './reports.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

type Stream = { readonly say: (text: string) => void; readonly end: (error?: Error) => void }

/** A server whose streams a test holds in its hands. */
function server() {
  const streams: Stream[] = []
  const state = { up: true, steady: 0 }
  const link: Link = {
    post: async () => null,
    close: async () => undefined,
    stream: (_path, signal) => {
      if (!state.up) return failing()
      const waiting: (string | Error | null)[] = ['']
      let wake: () => void = () => undefined
      const push = (it: string | Error | null) => {
        waiting.push(it)
        wake()
      }
      streams.push({ say: push, end: (error) => push(error ?? null) })
      signal.addEventListener('abort', () => push(new Error('aborted')))
      return pieces(waiting, () => new Promise<void>((resolve) => (wake = resolve)))
    },
  }
  return { link, streams, state }
}

async function* failing(): AsyncGenerator<string> {
  yield* []
  throw new Error('no server')
}

async function* pieces(waiting: (string | Error | null)[], more: () => Promise<void>): AsyncGenerator<string> {
  for (;;) {
    const next = waiting.shift()
    if (next === undefined) await more()
    else if (next === null) return
    else if (typeof next === 'string') yield next
    else throw next
  }
}

function following() {
  const { link, streams, state } = server()
  const heard: (string | null)[] = []
  const errors: unknown[] = []
  const changes = followChanges({
    link,
    heard: (ref) => void heard.push(ref),
    steady: () => state.steady,
    onError: (error) => void errors.push(error),
  })
  stops.push(changes.stop)
  return { streams, state, heard, errors, changes }
}

it('begins with forgetting everything, then hears what changed, however the pieces are cut', async () => {
  const { streams, heard, changes } = following()
  expect(changes.fresh()).toBe(false)
  await expect.poll(() => heard).toEqual([null])
  expect(changes.fresh()).toBe(true)
  streams[0]?.say(':\n\ndata: "key_a"\n\nda')
  streams[0]?.say('ta: "svc_b"\n')
  streams[0]?.say('\ndata: null\n\ndata: {"what":1}\n\n')
  await expect.poll(() => heard).toEqual([null, 'key_a', 'svc_b', null, null])
})

it('believes what it remembers for five seconds without a word, and gives up a silent stream', async () => {
  const { streams, state, heard, errors, changes } = following()
  await expect.poll(() => heard).toEqual([null])
  state.steady = 4_999
  expect(changes.fresh()).toBe(true)
  streams[0]?.say(':\n\n')
  await wait(10)
  state.steady = 9_999
  expect(changes.fresh()).toBe(true)
  state.steady = 10_001
  expect(changes.fresh()).toBe(false)
  await expect.poll(() => streams.length, { timeout: 3_000 }).toBe(2)
  expect(errors).toHaveLength(1)
})

it('looks again when the stream ends, says once that it is lost, and forgets everything when it is back', async () => {
  const { streams, state, heard, errors } = following()
  await expect.poll(() => heard).toEqual([null])
  streams[0]?.end()
  await expect.poll(() => heard).toEqual([null, null])
  expect(errors).toEqual([])
  state.up = false
  streams[1]?.end(new Error('reset'))
  await wait(500)
  expect(errors).toHaveLength(1)
  state.up = true
  await expect.poll(() => heard, { timeout: 3_000 }).toEqual([null, null, null])
})

it('does not read a message without end', async () => {
  const { streams, errors } = following()
  await expect.poll(() => streams.length).toBe(1)
  streams[0]?.say('x'.repeat(70_000))
  await expect.poll(() => errors.map(String)).toEqual([expect.stringContaining('without end')])
})

const EVENT: EventInput = { type: 'request.allowed', outcome: 'success', credential: 'key_a', status: 200 }
type Sent = { uses: { key: string; count: number }[]; requests: { age: number; status: number }[] }

function reporting(answers: (() => void)[] = []) {
  const sent: Sent[] = []
  const errors: string[] = []
  const state = { now: 1_000 }
  const link: Link = {
    ...server().link,
    post: async (_path, body) => {
      answers.shift()?.()
      sent.push(body as Sent)
      return null
    },
  }
  const reports = createReports({ link, now: () => state.now, onError: (error) => void errors.push(String(error)) })
  return { reports, sent, errors, state }
}

it('tells of uses together, and of each request with its age', async () => {
  const { reports, sent, state } = reporting()
  for (let i = 0; i < 2_500; i++) reports.count('key_a', '192.0.2.7')
  reports.record(EVENT)
  state.now += 300
  await reports.stop()
  expect(sent.map(({ uses }) => uses[0]?.count)).toEqual([1000, 1000, 500])
  expect(sent[0]?.requests).toMatchObject([{ type: 'request.allowed', age: 300, status: 200, stage: null }])
})

it('keeps what could not be told, and tells it later in the same order', async () => {
  const down = () => {
    throw new Error('no server')
  }
  const { reports, sent, errors } = reporting([down])
  stops.push(reports.stop)
  reports.record({ ...EVENT, status: 200 })
  reports.count('key_a', null)
  await expect.poll(() => errors, { timeout: 3_000 }).toEqual(['Error: no server'])
  reports.record({ ...EVENT, status: 404 })
  reports.count('key_a', null)
  await expect.poll(() => sent, { timeout: 3_000 }).toHaveLength(1)
  expect(sent[0]?.requests.map(({ status }) => status)).toEqual([200, 404])
  expect(sent[0]?.uses).toEqual([{ key: 'key_a', address: null, count: 2 }])
})

it('does not tell again what the server will never take', async () => {
  const refuse = () => {
    throw new Error('answered with 400', { cause: 400 })
  }
  const { reports, sent, errors } = reporting([refuse])
  stops.push(reports.stop)
  reports.record(EVENT)
  await expect.poll(() => errors, { timeout: 3_000 }).toEqual(['Error: answered with 400'])
  reports.record({ ...EVENT, status: 404 })
  await expect.poll(() => sent, { timeout: 3_000 }).toHaveLength(1)
  expect(sent[0]?.requests.map(({ status }) => status)).toEqual([404])
})

it('keeps no more than it may, and says what is lost', async () => {
  const { reports, sent, errors } = reporting()
  for (let i = 0; i < 20_010; i++) reports.record(EVENT)
  await reports.stop()
  expect(sent.flatMap(({ requests }) => requests)).toHaveLength(20_000)
  expect(errors).toEqual([expect.stringContaining('10 uses or requests')])
})
