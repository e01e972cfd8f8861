import { createRouteFinder } from '../../src/gateway/index.ts'
import { atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const ROUTES = 10_000
const ASKED = 200_000
const HOSTS = 50

/** Ten thousand routes of fifty hosts with literals, parameters, patterns and headers: how long it takes to find one. */
export async function benchRoutes(): Promise<Figure[]> {
  const find = createRouteFinder(Array.from({ length: ROUTES }, (_, i) => ({ id: `r${i}`, match: matchOf(i) })))
  const asked = Array.from({ length: 1024 }, (_, i) => requestFor((i * 7919) % ROUTES))
  for (const { id, request } of asked) {
    if (find(request) !== id) throw new Error(`${request.path} is not on ${id}`)
  }
  const rounds: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < ASKED; i++) find((asked[i & 1023] as (typeof asked)[number]).request)
    rounds.push(((performance.now() - start) * 1000) / ASKED)
  }
  return [figure('a route found among 10,000', 'µs', rounds.slice(1), atMost(2))]
}

function matchOf(i: number) {
  const path = [`/api/v${i % 3}/things${i}`, `/api/{kind}/of${i}/{id}`, `/deep/a${i}/{id}/b/**`, `/api/x${i}/{id}`][
    i % 4
  ]
  return {
    host: i % 2 === 0 ? `h${i % HOSTS}.example.com` : null,
    path: path as string,
    methods: i % 5 === 0 ? ['GET'] : null,
    parameters: i % 4 === 3 ? { id: '[0-9]{1,9}' } : {},
    headers: i % 8 === 0 ? { 'x-version': '2' } : {},
  }
}

function requestFor(i: number) {
  const path = [`/api/v${i % 3}/things${i}`, `/api/b/of${i}/42`, `/deep/a${i}/42/b/c/d`, `/api/x${i}/123456`][i % 4]
  const host = i % 2 === 0 ? `h${i % HOSTS}.example.com` : 'other.example.com'
  const header = (name: string) => (name === 'x-version' ? '2' : undefined)
  return { id: `r${i}`, request: { method: 'GET', path: path as string, host, header } }
}
