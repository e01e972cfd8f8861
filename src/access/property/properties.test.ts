import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anonymous, type Principal, readJson } from '../../core/index.ts'
import { filterText } from './filter.ts'
import { masked } from './masks.ts'
import { type Audience, createProperties, type Reading } from './properties.ts'
import { type View, viewOf } from './view.ts'

const audience = (over: Partial<Audience>): Audience => ({
  permission: null,
  readable: [],
  writable: [],
  masks: {},
  ...over,
})

const properties = createProperties({
  orders: {
    owner: { property: 'customer.id', as: 'customers:act' },
    audiences: {
      public: audience({ readable: ['id', 'items[].name'] }),
      owner: audience({
        readable: ['customer.id', 'customer.email', 'items[].price', 'tags[]', 'address.**'],
        writable: ['status', 'items[].name', 'address.**'],
        masks: { card: 'card' },
      }),
      support: audience({
        permission: 'orders:support',
        readable: ['status'],
        masks: { 'customer.email': 'email' },
      }),
    },
  },
})

const ana: Principal = { ...anonymous, kind: 'user', id: 'usr_ana' }
const ben: Principal = { ...anonymous, kind: 'service', id: 'svc_ben', permissions: ['customers:act:usr_ben'] }
const support: Principal = { ...anonymous, kind: 'user', id: 'usr_s', permissions: ['orders:support'] }

const order = {
  id: 'ord_1',
  status: 'open',
  customer: { id: 'usr_ana', email: 'ana@example.com', phone: '1' },
  items: [{ name: 'Lamp', price: 12.5, cost: 3 }],
  tags: ['a', { secret: true }, 'b'],
  card: '4111 1111 1111 1234',
  address: { street: 'Nowhere 1', geo: { lat: 1 } },
  internalNotes: 'never',
}
const whole: Reading = { at: null, beside: [], onlyTheirs: false }

function read(principal: Principal, body: unknown, reading: Reading = whole) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const found = properties.reader('orders', reading)(principal, Buffer.from(text))
  return found.ok ? JSON.parse(found.value.bytes.toString()) : found.problem.code
}

function write(body: unknown, outside: 'refuse' | 'strip' = 'refuse', principal = ana) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const found = properties.written('orders', Buffer.from(text), { principal, theirs: principal === ana, outside })
  return found.ok
    ? found.value.toString()
    : [found.problem.code, ...(found.problem.errors ?? []).map(({ path }) => path)]
}

function filtered(text: string, view: View): string | undefined {
  const read = readJson(Buffer.from(text))
  return read === null ? undefined : filterText(read, view)?.bytes.toString()
}

describe('what somebody may see', () => {
  it('is what the lists for them name, and nothing else', () => {
    expect(read(anonymous, order)).toEqual({ id: 'ord_1', items: [{ name: 'Lamp' }] })
    expect(read(ana, order)).toEqual({
      id: 'ord_1',
      customer: { id: 'usr_ana', email: 'ana@example.com' },
      items: [{ name: 'Lamp', price: 12.5 }],
      tags: ['a', 'b'],
      card: '*1234',
      address: { street: 'Nowhere 1', geo: { lat: 1 } },
    })
    expect(read(ben, order)).toEqual(read(anonymous, order))
  })

  it('is masked where only a mask is for them', () => {
    expect(read(support, order)).toMatchObject({ status: 'open', customer: { email: 'a*a@example.com' } })
  })

  it('is decided for each thing in a list by itself', () => {
    const theirs = { ...order, id: 'ord_2', customer: { id: 'usr_ben' } }
    const body = { items: [order, theirs], next: 'c2', total: 2 }
    const reading = { at: 'items[]', beside: ['next'], onlyTheirs: false }
    expect(read(ben, body, reading)).toEqual({
      items: [
        { id: 'ord_1', items: [{ name: 'Lamp' }] },
        expect.objectContaining({ id: 'ord_2', customer: { id: 'usr_ben' }, card: '*1234' }),
      ],
      next: 'c2',
    })
    expect(read(ben, body, { ...reading, onlyTheirs: true })).toEqual({
      items: [expect.objectContaining({ id: 'ord_2' })],
      next: 'c2',
    })
    expect(read(ben, [order, theirs], { ...whole, onlyTheirs: true })).toHaveLength(1)
  })

  it('says that nothing is left where it is another’s', () => {
    const only = properties.reader('orders', { ...whole, onlyTheirs: true })
    expect(only(ben, Buffer.from(JSON.stringify(order)))).toMatchObject({ ok: true, value: { notTheirs: true } })
    expect(only(ana, Buffer.from(JSON.stringify(order)))).toMatchObject({ ok: true, value: { notTheirs: false } })
    expect(only(anonymous, Buffer.from('{"customer":{"id":"anonymous"}}'))).toMatchObject({
      value: { notTheirs: true },
    })
  })

  it('knows names by what they say, not by how they are written or by their case', () => {
    expect(read(ana, '{"\\u0069d":"ord_1","ID":"x","Id":"y","internal\\u004eotes":"z"}')).toEqual({ id: 'ord_1' })
  })

  it('never holds __proto__', () => {
    const found = read(ana, '{"__proto__":{"id":1},"customer":{"id":"usr_ana"},"address":{"__proto__":{"a":1},"b":2}}')
    expect(JSON.stringify(found)).toBe('{"customer":{"id":"usr_ana"},"address":{"b":2}}')
  })

  it.each([
    ['a name that matters twice', '{"id":1,"id":2}'],
    ['two owners', '{"customer":{"id":"usr_ben"},"customer":{"id":"usr_ana"}}'],
    ['two owners, one of them in disguise', '{"customer":{"id":"usr_ben","i\\u0064":"usr_ana"}}'],
    ['no JSON', '{"id":1,}'],
    ['what follows', '{"id":1} {"id":2}'],
    ['what is wrong in a part that is left out', '{"id":1,"x":{"a":01}}'],
    ['a broken escape', '{"id":"\\u12"}'],
    ['a line end in a text', '{"id":"a\nb"}'],
    ['endless nesting', `{"id":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['nothing', ''],
  ])('is withheld when there is %s', (_, body) => {
    expect(read(ana, body)).toBe('ANSWER_WITHHELD')
  })

  it('keeps what it keeps to the byte', () => {
    const text = '{ "id" : 12345678901234567890.10 , "x":1, "items":[ {"name":"é\\u00e9€"} ,{"q":1}] }'
    const found = properties.reader('orders', whole)(anonymous, Buffer.from(text))
    expect(found.ok && found.value.bytes.toString()).toBe(
      '{ "id" : 12345678901234567890.10,"items":[ {"name":"é\\u00e9€"} ,{}] }',
    )
  })

  it('is the same as reading, choosing and writing anew, whatever comes', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'é', '__x', 'A')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(name, tie('value'), { maxKeys: 5 }),
      ),
    }))
    const path = fc.constantFrom('a', 'b', 'a.b', 'b[]', 'c[].a', 'é.é', 'a.**', 'c.b[].c', 'é[][]')
    fc.assert(
      fc.property(value, fc.array(path, { maxLength: 5 }), fc.constantFrom(undefined, 2), (body, paths, space) => {
        const view = viewOf(paths)
        const found = filtered(JSON.stringify(body, null, space), view)
        expect(JSON.parse(found ?? '')).toEqual(chosen(body, view) ?? null)
      }),
      { numRuns: 2000 },
    )
  })

  it('does not stumble over any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u01e-. tnull') }), (text) => {
        const read = readJson(Buffer.from(text))
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        expect(read !== null).toBe(isJson)
      }),
      { numRuns: 3000 },
    )
  })
})

const EVERYTHING: View = viewOf(['**'])

function chosen(value: unknown, view: View): unknown {
  if (Array.isArray(value)) {
    const inside = view.elements ?? (view.all ? EVERYTHING : null)
    return inside === null ? undefined : value.map((one) => chosen(one, inside)).filter((one) => one !== undefined)
  }
  if (typeof value === 'object' && value !== null) {
    if (!view.all && view.members.size === 0) return undefined
    const kept = Object.entries(value).map(([key, inner]) => {
      const inside = view.members.get(key)?.view ?? (view.all ? EVERYTHING : null)
      return [key, inside === null ? undefined : chosen(inner, inside)]
    })
    return Object.fromEntries(kept.filter(([, inner]) => inner !== undefined))
  }
  if (value === null && (view.members.size > 0 || view.elements !== null)) return null
  return view.single === 'plain' ? value : undefined
}

describe('what somebody may write', () => {
  it('passes as it is when every property is on the list', () => {
    expect(write('{ "status": "paid", "address": {"a": [1, {"b": 2}]} }')).toBe(
      '{ "status": "paid", "address": {"a": [1, {"b": 2}]} }',
    )
  })

  it('names what is outside, as paths, and not without end', () => {
    expect(write({ status: 'x', role: 'admin', items: [{ name: 'a', price: 0 }], customer: { id: 'me' } })).toEqual([
      'PROPERTY_NOT_WRITABLE',
      'role',
      'items[].price',
      'customer',
    ])
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p${i}`.repeat(100), 1]))
    expect(write(many)).toHaveLength(11)
    expect(JSON.stringify(write(many)).length).toBeLessThan(1000)
  })

  it('can be cut down instead', () => {
    expect(write({ role: 'admin', status: 'x', Status: 'y' }, 'strip')).toBe('{"status":"x"}')
  })

  it.each([
    ['a name twice', '{"status":1,"status":2}', 'BODY_AMBIGUOUS'],
    ['a name twice in disguise', '{"status":1,"st\\u0061tus":2}', 'BODY_AMBIGUOUS'],
    ['a name twice far below', '{"address":{"a":[{"b":1,"b":2}]}}', 'BODY_AMBIGUOUS'],
    ['a name twice that is not on the list', '{"status":1,"x":1,"x":2}', 'BODY_AMBIGUOUS'],
    ['no JSON', 'status=paid', 'BODY_MALFORMED'],
    ['nothing', '', 'BODY_MALFORMED'],
    ['half of it', '{"status":', 'BODY_MALFORMED'],
  ])('is refused with %s, whether it could be cut or not', (_, body, code) => {
    expect(write(body)).toEqual([code])
    expect(write(body, 'strip')).toEqual([code])
  })

  it('is no prototype, and no name in another case', () => {
    expect(write('{"__proto__":{"role":1}}')).toEqual(['PROPERTY_NOT_WRITABLE', '__proto__'])
    expect(write('{"address":{"__proto__":{"role":1}}}')).toEqual(['PROPERTY_NOT_WRITABLE', 'address.__proto__'])
    expect(write('{"STATUS":1}')).toEqual(['PROPERTY_NOT_WRITABLE', 'STATUS'])
  })

  it('is nothing for who is on no list', () => {
    expect(write({ status: 'paid' }, 'refuse', ben)).toEqual(['PROPERTY_NOT_WRITABLE', ''])
  })
})

describe('masks', () => {
  it.each([
    ['card', '4111-1111-1111-1234', '*1234'],
    ['card', 'no card', undefined],
    ['ssn', '123-45-6789', '***-**-6789'],
    ['ssn', '12-345-6789', undefined],
    ['email', 'john.moon@example.com', 'j*n@example.com'],
    ['email', 'jo@example.com', '*@example.com'],
    ['email', 'nobody', undefined],
    ['remove', 'anything', undefined],
  ] as const)('%s of %s is %s', (mask, value, left) => {
    expect(masked(mask, value)).toBe(left)
  })

  it('take what a wide list lets through', () => {
    const view = viewOf(['**'], { secret: 'remove', 'a.mail': 'email' })
    const body = { secret: { x: 1 }, a: { mail: 'john@example.com', b: 1 }, c: 2 }
    expect(JSON.parse(filtered(JSON.stringify(body), view) ?? '')).toEqual({
      a: { mail: 'j*n@example.com', b: 1 },
      c: 2,
    })
  })
})
