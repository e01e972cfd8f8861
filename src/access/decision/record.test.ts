import { expect, it } from 'vitest'
import type { EventInput } from '../../core/index.ts'
import type { Decision } from './decision.ts'
import type { Question } from './question.ts'
import { createDecisionRecord } from './record.ts'

const QUESTION: Question = {
  principal: { type: 'user', id: 'ada', roles: [], permissions: [], properties: {} },
  action: 'read',
  resource: { type: 'order', id: '42', properties: {} },
  context: {},
}
const ALLOWED: Decision = { allowed: true, decidedBy: 'policy', because: ['a', 'b'], answers: {} }
const DENIED: Decision = { allowed: false, decidedBy: null, because: [], answers: {} }

function recording(allowOneIn: number, random?: () => number) {
  const events: EventInput[] = []
  const kept: Question[] = []
  const record = createDecisionRecord({
    audit: { record: (event) => events.push(event) },
    settings: { allowOneIn },
    keep: (_organization, question) => kept.push(question),
    ...(random === undefined ? {} : { random }),
  })
  return { record, events, kept }
}

it('records every deny, and of what is allowed one in so many', () => {
  let at = 0
  const { record, events, kept } = recording(4, () => (at++ % 4) / 4)
  for (let i = 0; i < 100; i++) record('org', QUESTION, ALLOWED)
  for (let i = 0; i < 100; i++) record('org', QUESTION, DENIED)
  expect(events.filter(({ type }) => type === 'access.allowed')).toHaveLength(25)
  expect(events.filter(({ type }) => type === 'access.denied')).toHaveLength(100)
  expect(kept).toHaveLength(125)
})

it('says who, what, with what, by what, and who wanted to know', () => {
  const { record, events } = recording(1)
  record('org', QUESTION, ALLOWED, { by: 'svc_1', requestId: 'req_1', address: '127.0.0.1' })
  record('org', { ...QUESTION, resource: { type: 'order', id: null, properties: {} } }, DENIED)
  expect(events).toMatchObject([
    {
      type: 'access.allowed',
      outcome: 'success',
      organization: 'org',
      principalKind: 'user',
      principal: 'ada',
      resource: 'order:42',
      requestId: 'req_1',
      details: { action: 'read', decidedBy: 'policy', because: 'a, b', askedBy: 'svc_1' },
    },
    {
      type: 'access.denied',
      outcome: 'denied',
      resource: 'order',
      details: { decidedBy: null, because: '', askedBy: null },
    },
  ])
})
