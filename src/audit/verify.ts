import type { Store } from '../store/index.ts'
import { openCheckpoint, type TreeHead } from './checkpoint.ts'
import { readCheckpointFile } from './checkpoint-file.ts'
import { type Finding, finding, type Verification } from './finding.ts'
import { logOf, placeOf, seqOf } from './place.ts'
import { type LogRow, numbered, run, tablesOf } from './tables.ts'
import { verifyLog } from './verify-log.ts'

type Held = { readonly store: Store; readonly key: Uint8Array; readonly file: string | null }

export type VerifyOptions = {
  /** Hears how many events were read since it last heard. */
  readonly progress?: (events: number) => void
}

/**
 * Holds the whole record against itself, against every signed checkpoint in the database and against those of the
 * checkpoint file. New events may be written meanwhile.
 *
 * @param key the 32 bytes of the public key that signs checkpoints
 * @param file the checkpoint file, which knows of what the database has lost
 * @returns the first bad event, if any
 */
export async function verify(held: Held, { progress = () => undefined }: VerifyOptions = {}): Promise<Verification> {
  let events = 0
  const counted = (more: number) => {
    events += more
    progress(more)
  }
  // The newest first: what is read later can only have grown.
  const notes = held.file === null ? [] : await readCheckpointFile(held.file)
  const filed = notes.map((note) => openCheckpoint(note, held.key))
  const gone = await missingTable(held.store, filed)
  if (gone !== null) return { ok: false, events, logs: 0, first: gone }
  const signed = await signedHeads(held)
  const lastPlaces = await lastPlace(held.store)
  const logs = await tablesOf(held.store).selectFrom('audit_log').selectAll().orderBy('number').execute()
  const heads = [...signed.heads, ...filed.filter((head) => head !== null)]
  const first =
    (await firstOf([
      () => unknownLog(logs, heads),
      () => strayEvents(held.store, logs),
      ...logs.map((log) => () => inLog(held, log, heads, counted)),
      () => beyondEnd(held.store, lastPlaces),
      () => signed.first,
      () => unsignedFile(filed, signed.heads),
    ])) ?? null
  return { ok: first === null, events, logs: logs.length, first }
}

async function firstOf(checks: readonly (() => Promise<Finding | null> | Finding | null)[]): Promise<Finding | null> {
  for (const check of checks) {
    const found = await check()
    if (found !== null) return found
  }
  return null
}

async function missingTable(store: Store, filed: readonly (TreeHead | null)[]): Promise<Finding | null> {
  const known = filed.find((head) => head !== null)?.log ?? 'unknown'
  const exists = numbered(
    store.dialect,
    store.dialect === 'sqlite'
      ? `select 1 as found from sqlite_master where type = 'table' and name = ?`
      : 'select 1 as found where to_regclass(?) is not null',
  )
  for (const table of ['event', 'audit_log', 'audit_checkpoint']) {
    if ((await run(store, exists, [table])).length > 0) continue
    const problem = table === 'event' ? 'missing' : table === 'audit_log' ? 'log missing' : 'checkpoint invalid'
    return finding(known, 0, null, problem, `The table "${table}" is gone, and everything that was in it.`)
  }
  return null
}

async function signedHeads({ store, key }: Held): Promise<{ heads: TreeHead[]; first: Finding | null }> {
  const rows = await tablesOf(store).selectFrom('audit_checkpoint').selectAll().orderBy('at').orderBy('size').execute()
  const heads: TreeHead[] = []
  let first: Finding | null = null
  for (const { log, size, root, note } of rows) {
    const head = openCheckpoint(note, key)
    if (head !== null && head.log === log && head.size === size && head.root.equals(root)) heads.push(head)
    else first ??= forged(log, size)
  }
  return { heads, first }
}

function forged(log: string, size: number): Finding {
  const sentence = `The checkpoint of the log ${log} at ${size} events was altered, or another key signed it.`
  return finding(log, size, null, 'checkpoint invalid', sentence)
}

function unknownLog(logs: readonly LogRow[], heads: readonly TreeHead[]): Finding | null {
  const known = new Set(logs.map(({ id }) => id))
  const lost = heads.find(({ log }) => !known.has(log))
  if (lost === undefined) return null
  const sentence = `The log ${lost.log} is gone; it held at least ${lost.size} events.`
  return finding(lost.log, 0, null, 'log missing', sentence)
}

// Events in no log's range: the row of their log was taken away, or they were put there.
async function strayEvents(store: Store, logs: readonly LogRow[]): Promise<Finding | null> {
  const known = new Set(logs.map(({ number }) => number))
  const next = numbered(store.dialect, 'select place, body from event where place >= ? order by place limit 1')
  for (let from = Number.MIN_SAFE_INTEGER; ; ) {
    const [row] = await run<{ place: number; body: string }>(store, next, [from])
    if (row === undefined) return null
    const number = logOf(row.place)
    if (!known.has(number)) {
      const log = /^\["(log_\w+)",/.exec(row.body)?.[1] ?? 'unknown'
      const sentence = `There are events of a log that is not listed (${log}): its row was removed, or they were put there.`
      return finding(log, seqOf(row.place), null, 'log missing', sentence)
    }
    from = placeOf(number + 1, 0)
  }
}

function inLog(held: Held, log: LogRow, all: readonly TreeHead[], progress: (events: number) => void) {
  const heads = all.filter((head) => head.log === log.id)
  const longest = Math.max(0, ...heads.map(({ size }) => size))
  if (longest > log.size) {
    const sentence = `The log ${log.id} held ${longest} events when it was signed and claims ${log.size} now: the newest were removed.`
    return finding(log.id, log.size, null, 'truncated', sentence)
  }
  return verifyLog(held.store, log, heads, progress)
}

type LastPlace = { readonly number: number; readonly place: number }

async function lastPlace(store: Store): Promise<LastPlace[]> {
  const last = numbered(store.dialect, 'select max(place) as place from event where place >= ? and place < ?')
  const logs = await tablesOf(store).selectFrom('audit_log').select('number').execute()
  const places: LastPlace[] = []
  for (const { number } of logs) {
    const [row] = await run<{ place: number | null }>(store, last, [placeOf(number, 0), placeOf(number + 1, 0)])
    if (row !== undefined && row.place !== null) places.push({ number, place: row.place })
  }
  return places
}

// The last places were read before the sizes, so what lies beyond a size was never counted in.
async function beyondEnd(store: Store, places: readonly LastPlace[]): Promise<Finding | null> {
  const logs = await tablesOf(store).selectFrom('audit_log').selectAll().execute()
  for (const { number, place } of places) {
    const log = logs.find((one) => one.number === number)
    if (log === undefined || seqOf(place) < log.size) continue
    const sentence = `There are events beyond the end of the log ${log.id} (${log.size} events): they were put there, or the end was moved.`
    return finding(log.id, log.size, null, 'inserted', sentence)
  }
  return null
}

// The database got each checkpoint before the file did.
function unsignedFile(filed: readonly (TreeHead | null)[], heads: readonly TreeHead[]): Finding | null {
  const known = new Set(heads.map(({ log, size }) => `${size} ${log}`))
  for (const head of filed) {
    if (head === null)
      return finding(
        'unknown',
        0,
        null,
        'checkpoint invalid',
        'The checkpoint file holds a note that was altered, or that another key signed.',
      )
    if (known.has(`${head.size} ${head.log}`)) continue
    const sentence = `The checkpoint of the log ${head.log} at ${head.size} events is in the checkpoint file and no longer in the database.`
    return finding(head.log, head.size, null, 'checkpoint invalid', sentence)
  }
  return null
}
