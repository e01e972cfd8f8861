import { createProperties } from '../../src/access/index.ts'
import { anonymous, type Principal } from '../../src/core/index.ts'
import { atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const BODIES = 5000
const BYTES = 16_384

const audience = { permission: null, writable: [], masks: {} }
const lists = {
  orders: {
    owner: { property: 'customer.id', as: null },
    audiences: {
      public: { ...audience, readable: ['id', 'status'] },
      owner: {
        ...audience,
        readable: ['customer.id', 'customer.name', 'amount', 'lines[].name', 'lines[].price'],
        masks: { 'customer.email': 'email' as const },
      },
    },
  },
}
const ana: Principal = { ...anonymous, kind: 'user', id: 'usr_ana' }

/** A list of orders of 16 KB, filtered for one of two customers; beside it what parsing and writing it anew takes. */
export async function benchProperties(): Promise<Figure[]> {
  const filter = createProperties(lists).reader('orders', { at: 'items[]', beside: ['next'], onlyTheirs: false })
  const body = Buffer.from(JSON.stringify(listOf(BYTES)))
  const seen = filter(ana, body)
  if (!seen.ok || seen.value.bytes.includes('internalNotes')) throw new Error('the filter let something through')
  const ours = await timed(() => filter(ana, body))
  const bare = await timed(() => JSON.stringify(JSON.parse(body.toString())))
  return [
    figure('property filter, 16 KB of JSON', 'µs', ours, atMost(150)),
    figure('parsed and written anew, nothing filtered', 'µs', bare),
  ]
}

async function timed(work: () => unknown): Promise<number[]> {
  const rounds: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < BODIES; i++) work()
    rounds.push(((performance.now() - start) * 1000) / BODIES)
  }
  return rounds.slice(1)
}

function listOf(bytes: number) {
  const items: unknown[] = []
  for (let i = 0; JSON.stringify(items).length < bytes; i++) {
    items.push({
      id: `ord_${i}`,
      status: 'open',
      customer: { id: i % 2 === 0 ? 'usr_ana' : 'usr_ben', name: 'Ana', email: 'ana@example.com', phone: '555-0100' },
      amount: 12_900 + i,
      lines: [
        { name: 'Lamp', price: 4900, cost: 2100 },
        { name: 'Größe L', price: 12.5, cost: 3 },
      ],
      internalNotes: 'Agreed by phone; no invoice in the box.',
    })
  }
  return { items, next: 'c_2', total: items.length }
}
