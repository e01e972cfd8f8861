import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../store/index.ts'
import { verifierKey } from './checkpoint.ts'
import { readBody } from './entry.ts'
import { type EventFilter, matcherOf } from './filter.ts'
import { placeOf } from './place.ts'
import { numbered, run, tablesOf } from './tables.ts'

const BATCH = 1000
export const EXPORT_VERSION = 1

/** The first line of an export: what is in it and what it can be held against. */
export type ExportHeader = {
  readonly export: 'sallyport-audit'
  readonly version: number
  /** False when a filter left events out: then it cannot be verified as a whole. */
  readonly complete: boolean
  readonly logs: readonly { readonly id: string; readonly name: string; readonly size: number; readonly key: string }[]
  readonly checkpoints: readonly string[]
}

/**
 * All events as JSON Lines: a header, then log by log in order of writing, each with its log, number and leaf hash.
 * Without a filter the result can be verified anywhere with nothing but the public key.
 *
 * @example for await (const line of exportLines(store, key)) file.write(`${line}\n`)
 */
export async function* exportLines(store: Store, key: Uint8Array, filter: EventFilter = {}): AsyncGenerator<string> {
  const complete = Object.values(filter).every((value) => value === undefined)
  const matches = matcherOf(filter)
  const logs = await tablesOf(store).selectFrom('audit_log').selectAll().orderBy('number').execute()
  const checkpoints = await tablesOf(store)
    .selectFrom('audit_checkpoint')
    .select(['log', 'size', 'note'])
    .orderBy('log')
    .orderBy('size')
    .execute()
  const sizes = new Map(logs.map(({ id, size }) => [id, size]))
  const header: ExportHeader = {
    export: 'sallyport-audit',
    version: EXPORT_VERSION,
    complete,
    logs: logs.map(({ id, name, size }) => ({ id, name, size, key: verifierKey(id, key) })),
    // One that was signed since the sizes were read is of events that are not in here.
    checkpoints: checkpoints.filter(({ log, size }) => size <= (sizes.get(log) ?? 0)).map(({ note }) => note),
  }
  yield JSON.stringify(header)
  for (const { number, size } of logs) {
    for await (const { body, leaf } of rowsOf(store, number, size)) {
      const placed = readBody(body)
      if (placed === null) throw new Error('an event cannot be read; verify the record')
      const { log, seq, event } = placed
      if (matches(event)) yield JSON.stringify({ log, seq, leaf: Buffer.from(leaf).toString('base64'), ...event })
    }
  }
}

type Row = { readonly place: number; readonly body: string; readonly leaf: Uint8Array }

async function* rowsOf(store: Store, log: number, size: number): AsyncGenerator<Row> {
  const next = numbered(
    store.dialect,
    'select place, body, leaf from event where place >= ? and place < ? order by place limit ?',
  )
  let from = placeOf(log, 0)
  for (;;) {
    const rows = await run<Row>(store, next, [from, placeOf(log, size), BATCH])
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH) return
    from = last.place + 1
    await nextTurn()
  }
}
