import { describe, expect, it } from 'vitest'
import type { Question } from '../decision/question.ts'
import { asCedar, attributesOf, cedarType } from './as-cedar.ts'

const NOW = Date.parse('2026-11-21T10:00:00.000Z')
const asked = (more: Partial<Question> = {}): Question => ({
  principal: { type: 'user', id: 'ada', roles: ['editor'], permissions: [], properties: { email: 'ada@example.com' } },
  action: 'read',
  resource: { type: 'order-line', id: '4', properties: {} },
  context: {},
  ...more,
})

describe('a question in Cedar’s words', () => {
  it('has a principal that stands in its roles, an object with its id, and the moment', () => {
    const question = asCedar(asked({ context: { ip: '2001:db8::1', now: 'tomorrow' } }), NOW)
    expect(question?.request).toEqual({
      principal: { type: 'User', id: 'ada' },
      action: { type: 'Action', id: 'read' },
      resource: { type: 'Order_line', id: '4' },
      context: {
        now: { __extn: { fn: 'datetime', arg: '2026-11-21T10:00:00.000Z' } },
        ip: { __extn: { fn: 'ip', arg: '2001:db8::1' } },
      },
    })
    expect(question?.entities[0]?.parents).toEqual([{ type: 'Role', id: 'editor' }])
    expect(question?.entities.map(({ attrs }) => attrs.id)).toEqual(['ada', '4'])
  })

  it('is one entity where somebody asks about themselves, and nobody renames themselves by a property', () => {
    const resource = { type: 'user', id: 'ada', properties: { email: 'mallory@example.com', seen: true } }
    const question = asCedar(asked({ resource }), NOW)
    expect(question?.entities).toHaveLength(1)
    expect(question?.entities[0]?.attrs).toEqual({ email: 'ada@example.com', seen: true, id: 'ada' })
    const principal = { ...asked().principal, properties: { id: 'root' } }
    expect(asCedar(asked({ principal }), NOW)?.entities[0]?.attrs.id).toBe('ada')
  })

  it('is none where a type or an id cannot be written', () => {
    for (const type of ['', '4you', 'a b', 'ordеr', 'a::b', '"']) expect(cedarType(type)).toBeNull()
    expect(asCedar(asked({ resource: { type: 'a b', id: '4', properties: {} } }), NOW)).toBeNull()
    expect(asCedar(asked({ resource: { type: 'order', id: '\ud800', properties: {} } }), NOW)).toBeNull()
  })

  it('leaves out what Cedar has no value for', () => {
    const properties = {
      nothing: null,
      half: 0.5,
      third: 1 / 3,
      huge: 1e300,
      whole: 7,
      list: [1, null, 'a'],
      broken: '\ud800',
    }
    expect(attributesOf(properties)).toEqual({
      half: { __extn: { fn: 'decimal', arg: '0.5000' } },
      whole: 7,
      list: [1, 'a'],
    })
    let deep: object = {}
    for (let i = 0; i < 5000; i++) deep = { deep }
    expect(JSON.stringify(attributesOf({ deep } as never)).length).toBeLessThan(200)
  })
})
