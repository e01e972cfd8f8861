import { expect, it, vi } from 'vitest'
import type { Decide } from './judge.ts'
import type { PolicyAnswer, PolicyRequest } from './request.ts'
import { createShadow, type Difference } from './shadow.ts'

const request: PolicyRequest = {
  principal: { type: 'User', id: 'ann' },
  action: { type: 'Action', id: 'read' },
  resource: { type: 'Order', id: '1' },
  context: {},
}
const allow: PolicyAnswer = { decision: 'allow', determining: ['a'], errors: [] }
const turns = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

function shadowOf(judge: Decide, every = 1, budget = 1000) {
  const differences: Difference[] = []
  const end = vi.fn()
  const watch = createShadow(judge, { every, budget, onDifference: (it) => differences.push(it) }, end)
  return { watch, differences, end }
}

it('one decision in so many is judged, after it was made', async () => {
  const judge = vi.fn(() => allow)
  const { watch, differences } = shadowOf(judge, 3)
  for (let i = 0; i < 9; i++) watch(request, [], allow)
  expect(judge).not.toHaveBeenCalled()
  await turns()
  expect(judge).toHaveBeenCalledTimes(3)
  expect(differences).toEqual([])
})

it.each<[string, PolicyAnswer]>([
  ['another decision', { decision: 'deny', determining: [], errors: [] }],
  ['another policy', { ...allow, determining: ['b'] }],
  ['a policy that failed', { ...allow, errors: [{ policy: 'c', message: 'overflow' }] }],
])('%s of the judge is told, and ends the trust', async (_, judged) => {
  const { watch, differences, end } = shadowOf(() => judged)
  watch(request, [], allow)
  await turns()
  expect(differences).toEqual([{ request, compiled: allow, judged }])
  expect(end).toHaveBeenCalledOnce()
})

it('other words for the same fault are no difference', async () => {
  const failed = (message: string): PolicyAnswer => ({ ...allow, errors: [{ policy: 'c', message }] })
  const { watch, differences } = shadowOf(() => failed('integer overflow'))
  watch(request, [], failed('overflows'))
  await turns()
  expect(differences).toEqual([])
})

it('a burst is not judged one by one, nor beyond the budget', async () => {
  const judge = vi.fn(() => allow)
  const burst = shadowOf(judge)
  for (let i = 0; i < 100; i++) burst.watch(request, [], allow)
  await turns()
  expect(judge.mock.calls.length).toBeLessThanOrEqual(4)
  judge.mockClear()
  const poor = shadowOf(judge, 1, 0)
  poor.watch(request, [], allow)
  await turns()
  expect(judge).not.toHaveBeenCalled()
})
