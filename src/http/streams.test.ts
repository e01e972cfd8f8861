import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { keepStreams } from './index.ts'

const request = (id: string) => ({ caller: { principal: { id, credential: null } }, raw: new EventEmitter() })

it('a caller has a bounded number of streams, others have their own, and one that is closed makes room', () => {
  const open = keepStreams({ addHook: () => undefined } as never, 2) as (of: unknown) => AbortSignal | null
  const first = request('svc_a')
  const signal = open(first)
  expect(open(request('svc_a'))).not.toBeNull()
  expect(open(request('svc_a'))).toBeNull()
  expect(open(request('svc_b'))).not.toBeNull()
  first.raw.emit('close')
  expect(signal?.aborted).toBe(true)
  expect(open(request('svc_a'))).not.toBeNull()
})

it('all streams end when the server closes', async () => {
  let close: () => Promise<void> = async () => undefined
  const app = { addHook: (_name: string, hook: () => Promise<void>) => (close = hook) }
  const signal = (keepStreams(app as never) as (of: unknown) => AbortSignal | null)(request('svc_a'))
  expect(signal?.aborted).toBe(false)
  await close()
  expect(signal?.aborted).toBe(true)
})
