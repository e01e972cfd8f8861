import { readConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { createInventory } from '../../src/inventory/index.ts'
import { atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const REQUESTS = 200_000

type Seen = Parameters<ReturnType<typeof openInventory>['seen']>

/** What it costs to learn from one request: on a route with one path, below `/**`, with a query, and where there is no route. */
export async function benchInventory(): Promise<Figure[]> {
  const { seen } = openInventory()
  const allowed = (route: string, resource: string, query = ''): Seen => [
    { type: 'request.allowed', method: 'GET', route, resource, status: 200, code: null },
    { query },
  ]
  const cases: readonly (readonly [name: string, (i: number) => Seen])[] = [
    ['a request on a route with one path', (i) => allowed('orders', `/orders/${i}`)],
    ['the same with three parameters in the query', (i) => allowed('orders', `/orders/${i}`, 'page=2&size=50&sort=at')],
    ['a request below /**', (i) => allowed('all', `/all/v2/things/${i}/parts`)],
    [
      'a path of a stranger',
      (i) => [
        {
          type: 'request.denied',
          method: 'GET',
          route: null,
          resource: `/${words(i)}`,
          status: 404,
          code: 'ROUTE_NOT_FOUND',
        },
        { query: '' },
      ],
    ],
  ]
  return cases.map(([name, of], i) => figure(`learnt of ${name}`, 'µs', measured(seen, of), atMost(i === 3 ? 2 : 1)))
}

function openInventory() {
  const upstreams = { api: { targets: ['http://127.0.0.1:1'] } }
  const routes = ['/orders/{id}', '/all/**'].map((path) => {
    return { id: path.split('/')[1], match: { path }, upstream: 'api', public: true }
  })
  const loaded = readConfig({ gateway: { upstreams, routes } } as never, '/')
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const { gateway } = loaded.value
  // Nothing is written here: that happens beside requests.
  const store = {} as never
  const mayMatch = () => true
  return createInventory({
    store,
    clock: systemClock,
    gateway: () => gateway,
    mayMatch,
    serves: false,
    onError: () => undefined,
  })
}

function words(i: number): string {
  return `${(i * 2654435761).toString(36)}/${i.toString(36)}`.replaceAll(/\d/g, 'q')
}

function measured(seen: (...of: Seen) => void, of: (i: number) => Seen): number[] {
  const asked = Array.from({ length: 4096 }, (_, i) => of(i))
  const rounds: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < REQUESTS; i++) seen(...(asked[i & 4095] as Seen))
    rounds.push(((performance.now() - start) * 1000) / REQUESTS)
  }
  return rounds.slice(1)
}
