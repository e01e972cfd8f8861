import { readBody } from './entry.ts'
import { type Finding, finding } from './finding.ts'
import { leafHash } from './merkle.ts'
import { seqOf } from './place.ts'
import type { EventRow } from './tables.ts'

const ID_LENGTH = 28
const PLAIN = /^[\w.-]*$/

/** Holds one row against itself: its text against its hash, its columns and its place against its text. */
export function checkRow(log: string, row: EventRow): Finding | null {
  const seq = seqOf(row.place)
  const head = `["${log}",${seq},"`
  const { body, leaf } = row
  const fits = body.startsWith(head) && body.startsWith(columnsOf(row), head.length + ID_LENGTH)
  return fits && leafHash(body).equals(leaf) ? null : explain(log, seq, row)
}

// What the canonical form says after the id, told from the columns.
function columnsOf({ at, type, outcome, credential }: EventRow): string {
  return `",${at},${quoted(type)},${quoted(outcome)},${credential === null ? 'null' : quoted(credential)},`
}

// Most texts are JSON as they are; asking costs a fraction of quoting them.
function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

function explain(log: string, seq: number, row: EventRow): Finding {
  const placed = readBody(row.body)
  const id = placed?.event.id ?? null
  const name = id ?? 'the event'
  if (placed === null || !leafHash(row.body).equals(row.leaf)) {
    return finding(log, seq, id, 'altered', `Event ${seq} (${name}) was altered: its text does not fit its hash.`)
  }
  if (placed.log !== log || placed.seq !== seq) {
    const was = placed.log === log ? `number ${placed.seq}` : `number ${placed.seq} of the log ${placed.log}`
    const sentence = `Event ${seq} is not where it was written: ${name} was ${was}. Events were moved or removed.`
    return finding(log, seq, id, 'reordered', sentence)
  }
  const sentence = `Event ${seq} (${name}) was altered: the columns it is found by do not fit its text.`
  return finding(log, seq, id, 'altered', sentence)
}
