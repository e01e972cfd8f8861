import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../store/index.ts'
import type { TreeHead } from './checkpoint.ts'
import { type Finding, finding } from './finding.ts'
import { createFrontier, type Frontier } from './merkle.ts'
import { placeOf, seqOf } from './place.ts'
import { checkRow } from './row-check.ts'
import { type EventRow, type LogRow, numbered, run } from './tables.ts'

// Some milliseconds of work, then a turn for whatever else the process does.
const BATCH = 1024
const SELECT =
  'select place, at, type, outcome, credential, leaf, body from event where place >= ? and place < ? order by place limit ?'

type Walk = {
  readonly log: LogRow
  readonly tree: Frontier
  /** Signed states of this log not reached yet, smallest first. */
  readonly heads: TreeHead[]
  /** The last size whose root a checkpoint confirmed. */
  confirmed: number
}

/**
 * Reads a log from its first event to the end its row tells, and holds each event against itself, its neighbours and
 * the tree against every signed state.
 *
 * @param heads signed states of this log
 */
export async function verifyLog(
  store: Store,
  log: LogRow,
  heads: readonly TreeHead[],
  progress: (events: number) => void,
): Promise<Finding | null> {
  const walk: Walk = {
    log,
    tree: createFrontier(),
    heads: heads.toSorted((one, other) => one.size - other.size),
    confirmed: 0,
  }
  const statement = numbered(store.dialect, SELECT)
  while (walk.tree.size() < log.size) {
    const from = walk.tree.size()
    const values = [placeOf(log.number, from), placeOf(log.number, log.size), BATCH]
    const rows = await run<EventRow>(store, statement, values)
    for (const row of rows) {
      const found = step(walk, row)
      if (found !== null) return found
    }
    progress(rows.length)
    if (rows.length === 0) return ended(walk)
    await nextTurn()
  }
  return atEnd(walk)
}

function step(walk: Walk, row: EventRow): Finding | null {
  const { log, tree } = walk
  const expected = tree.size()
  const seq = seqOf(row.place)
  if (seq > expected) return missing(log, expected, seq)
  const found = checkRow(log.id, row)
  if (found !== null) return found
  tree.push(row.leaf)
  return checkHeads(walk)
}

function missing(log: LogRow, from: number, to: number): Finding {
  const which = to - from === 1 ? `Event ${from} is` : `Events ${from} to ${to - 1} are`
  return finding(log.id, from, null, 'missing', `${which} missing from the log ${log.id}.`)
}

function ended({ log, tree }: Walk): Finding {
  const size = tree.size()
  const sentence = `The log ${log.id} ends before event ${size}, though ${log.size} events were written to it.`
  return finding(log.id, size, null, 'truncated', sentence)
}

// Every row fits itself, yet the tree is not the one that was signed: somebody made the hashes anew.
function checkHeads(walk: Walk): Finding | null {
  const { tree, heads } = walk
  while (heads[0]?.size === tree.size()) {
    const head = heads.shift()
    if (head !== undefined && !head.root.equals(tree.root())) return rewritten(walk, 'the checkpoint signed there')
    walk.confirmed = tree.size()
  }
  return null
}

function atEnd(walk: Walk): Finding | null {
  const { log, tree } = walk
  return tree.bytes().equals(log.frontier) ? null : rewritten(walk, 'the state the log was left in')
}

function rewritten({ log, tree, confirmed }: Walk, held: string): Finding {
  const sentence = `Of the events ${confirmed} to ${tree.size() - 1} of the log ${log.id} at least one was altered, and its hash made anew: together they do not fit ${held}.`
  return finding(log.id, confirmed, null, 'altered', sentence)
}
