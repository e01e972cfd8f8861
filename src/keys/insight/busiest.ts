import type { Store } from '../../store/index.ts'
import { periodStart } from '../key.ts'
import { type Reach, readTables } from '../store.ts'
import type { Period } from './report.ts'
import { DAY } from './span.ts'
import { readRows } from './store.ts'
import { type Ranked, ranking } from './top.ts'
import { addTraffic, createTraffic, PLACES, trafficOf } from './traffic.ts'

/** One of the busiest keys. `requests` is certain; up to `margin` more may have been. */
export type BusyKey = Omit<Ranked, 'name'> & {
  readonly id: string
  readonly name: string
  readonly owner: { readonly kind: string; readonly id: string }
}

export type Busiest = { readonly period: Period; readonly from: number; readonly items: readonly BusyKey[] }

/** Somebody who sees only their own keys has these ranked: the newest of them, so many. */
const MOST_OWN = 1000

/** The keys with the most requests in a running period: of the organization, or of one owner. */
export async function busiestKeys(
  store: Pick<Store, 'tables'>,
  reach: Reach,
  question: { readonly period: Period; readonly most: number },
  now: number,
): Promise<Busiest> {
  const from = periodStart(question.period, now)
  const part = { from, to: now + DAY }
  const ranked =
    reach.ownerId === null
      ? await rankedOf(store, reach.organization, part)
      : await countedOf(store, await ownKeys(store, reach), part)
  return { period: question.period, from, items: await named(store, ranked.slice(0, question.most)) }
}

type Part = { readonly from: number; readonly to: number }

async function rankedOf(store: Pick<Store, 'tables'>, organization: string, part: Part): Promise<Ranked[]> {
  const sum = createTraffic(PLACES.longer)
  for (const row of await readRows(store, [organization], DAY, part)) addTraffic(sum, trafficOf(row))
  return ranking(sum.tops.keys, PLACES.keys).filter(({ requests }) => requests > 0)
}

async function countedOf(store: Pick<Store, 'tables'>, keyIds: readonly string[], part: Part): Promise<Ranked[]> {
  const counts = new Map<string, number>()
  for (const { keyId, requests } of await readRows(store, keyIds, DAY, part)) {
    counts.set(keyId, (counts.get(keyId) ?? 0) + requests)
  }
  return [...counts]
    .map(([name, requests]) => ({ name, requests, margin: 0 }))
    .sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
}

async function ownKeys(store: Pick<Store, 'tables'>, { organization, ownerId }: Reach): Promise<string[]> {
  const rows = await readTables(store)
    .selectFrom('api_key')
    .select('id')
    .where('organization', '=', organization)
    .where('owner_id', '=', ownerId ?? '')
    .orderBy('id', 'desc')
    .limit(MOST_OWN)
    .execute()
  return rows.map(({ id }) => id)
}

async function named(store: Pick<Store, 'tables'>, ranked: readonly Ranked[]): Promise<BusyKey[]> {
  if (ranked.length === 0) return []
  const ids = ranked.map(({ name }) => name)
  const rows = await readTables(store)
    .selectFrom('api_key')
    .select(['id', 'name', 'owner_kind', 'owner_id'])
    .where('id', 'in', ids)
    .execute()
  const known = new Map(rows.map((row) => [row.id, row]))
  return ranked.flatMap(({ name: id, ...count }) => {
    const row = known.get(id)
    return row === undefined
      ? []
      : [{ id, name: row.name, owner: { kind: row.owner_kind, id: row.owner_id }, ...count }]
  })
}
