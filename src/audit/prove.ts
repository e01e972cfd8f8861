import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { createFrontier } from './merkle.ts'
import { logOf, placeOf } from './place.ts'
import { consistencyRanges, inclusionRanges, type Range } from './proof.ts'
import { numbered, run, tablesOf } from './tables.ts'
import { findEvent } from './tail.ts'

const BATCH = 8192

/** Proof that an event stands in a log, for somebody who has the checkpoint, the public key and nothing else. */
export type EventProof = {
  readonly event: Event
  readonly log: string
  readonly seq: number
  /** The canonical form that was hashed. */
  readonly body: string
  /** Base64, from the bottom of the tree to its top (RFC 9162, section 2.1.3). */
  readonly inclusion: readonly string[]
  readonly checkpoint: string
}

/**
 * @param checkpoint signs the logs as they are, in case the event is newer than the last checkpoint
 * @returns null when there is no such event
 */
export async function prove(store: Store, id: string, checkpoint: () => Promise<unknown>): Promise<EventProof | null> {
  const found = await findEvent(store, id)
  if (found === null) return null
  const { event, log, seq, place, body } = found
  const signed = (await checkpointAbove(store, log, seq)) ?? (await afterSigning(checkpoint, store, log, seq))
  const inclusion = await rootsOf(store, logOf(place), inclusionRanges(seq, signed.size))
  return { event, log, seq, body, inclusion: inclusion.map(toBase64), checkpoint: signed.note }
}

async function afterSigning(checkpoint: () => Promise<unknown>, store: Store, log: string, seq: number) {
  await checkpoint()
  const signed = await checkpointAbove(store, log, seq)
  if (signed === null) throw new Error(`the log ${log} has no checkpoint over event ${seq}; verify it`)
  return signed
}

/** Proof that a log of a larger size began as the log of a smaller one. Base64. */
export async function proveConsistency(store: Store, log: string, smaller: number, size: number): Promise<string[]> {
  const row = await tablesOf(store).selectFrom('audit_log').select('number').where('id', '=', log).executeTakeFirst()
  if (row === undefined) throw new Error(`there is no log ${log}`)
  return (await rootsOf(store, row.number, consistencyRanges(smaller, size))).map(toBase64)
}

async function checkpointAbove(store: Store, log: string, seq: number) {
  const row = await tablesOf(store)
    .selectFrom('audit_checkpoint')
    .select(['size', 'note'])
    .where('log', '=', log)
    .where('size', '>', seq)
    .orderBy('size')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

async function rootsOf(store: Store, log: number, ranges: readonly Range[]): Promise<Buffer[]> {
  const roots: Buffer[] = []
  for (const range of ranges) roots.push(await rootOver(store, log, range))
  return roots
}

async function rootOver(store: Store, log: number, { start, end }: Range): Promise<Buffer> {
  const tree = createFrontier()
  const next = numbered(store.dialect, 'select leaf from event where place >= ? and place < ? order by place limit ?')
  while (tree.size() < end - start) {
    const from = placeOf(log, start + tree.size())
    const rows = await run<{ leaf: Uint8Array }>(store, next, [from, placeOf(log, end), BATCH])
    if (rows.length === 0) throw new Error('events are missing from the log; verify it')
    for (const { leaf } of rows) tree.push(leaf)
    await nextTurn()
  }
  return tree.root()
}

function toBase64(hash: Buffer): string {
  return hash.toString('base64')
}
