import type { Event } from '../core/index.ts'
import { openCheckpoint, parseVerifierKey, type TreeHead } from './checkpoint.ts'
import { bodyFrom, FIELDS } from './entry.ts'
import { EXPORT_VERSION, type ExportHeader } from './export.ts'
import { type Finding, finding, type Verification } from './finding.ts'
import { createFrontier, type Frontier, leafHash } from './merkle.ts'

/** What was verified of an export; `unsigned` events came after the last checkpoint and are only held together by order. */
export type ExportVerification = Verification & { readonly unsigned: number }

type Walk = { readonly size: number; readonly tree: Frontier; readonly heads: TreeHead[]; confirmed: number }

/**
 * Verifies an export with nothing but its lines and the public key (row U3): no database, no network.
 *
 * @param lines of the export, in order
 * @param publicKey a note verifier key, as `audit.publicKey()` gives it; kept apart from the export
 * @param checkpoints signed notes from elsewhere, such as a published checkpoint file: with them a log that shrank or
 * vanished is noticed
 * @throws with a sentence when the text is no complete export, or the key is none
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  publicKey: string,
  checkpoints: readonly string[] = [],
): Promise<ExportVerification> {
  const key = parseVerifierKey(publicKey)
  if (key === null) throw new Error('This is not a public key of checkpoints (name+hash+key).')
  let header: ExportHeader | null = null
  let walks = new Map<string, Walk>()
  let first: Finding | null = null
  let events = 0
  for await (const line of lines) {
    if (line === '') continue
    if (header === null) {
      header = readHeader(line)
      const opened = openHeads([...header.checkpoints, ...checkpoints], key)
      first = opened.first ?? unknownLog(header, opened.heads)
      walks = walksOf(header, opened.heads)
    } else {
      events += 1
      first ??= step(walks, line)
    }
    if (first !== null) break
  }
  if (header === null) throw new Error('The export is empty.')
  first ??= atEnd(walks)
  const unsigned = [...walks.values()].reduce((sum, { tree, confirmed }) => sum + tree.size() - confirmed, 0)
  return { ok: first === null, events, logs: header.logs.length, first, unsigned }
}

function readHeader(line: string): ExportHeader {
  const header = parse(line) as Partial<ExportHeader> | null
  if (header?.export !== 'sallyport-audit' || !Array.isArray(header.logs) || !Array.isArray(header.checkpoints)) {
    throw new Error('The first line is not the header of an export.')
  }
  if (header.version !== EXPORT_VERSION) throw new Error(`This is an export of version ${header.version}.`)
  if (header.complete !== true) throw new Error('The export was filtered: only a complete one can be verified.')
  return header as ExportHeader
}

function openHeads(notes: readonly string[], key: Uint8Array): { heads: TreeHead[]; first: Finding | null } {
  const heads: TreeHead[] = []
  for (const note of notes) {
    const head = openCheckpoint(note, key)
    if (head === null) {
      const log = /^sallyport\/(\S+)/.exec(note)?.[1] ?? 'unknown'
      const sentence = 'A checkpoint was altered, or another key signed it.'
      return { heads, first: finding(log, 0, null, 'checkpoint invalid', sentence) }
    }
    heads.push(head)
  }
  return { heads, first: null }
}

function unknownLog(header: ExportHeader, heads: readonly TreeHead[]): Finding | null {
  const sizes = new Map(header.logs.map(({ id, size }) => [id, size]))
  for (const { log, size } of heads) {
    const held = sizes.get(log)
    if (held === undefined) return finding(log, 0, null, 'log missing', `The log ${log} (${size} events) is not there.`)
    if (held >= size) continue
    const sentence = `The log ${log} held ${size} events when it was signed and ${held} here: the newest are missing.`
    return finding(log, held, null, 'truncated', sentence)
  }
  return null
}

function walksOf(header: ExportHeader, heads: readonly TreeHead[]): Map<string, Walk> {
  return new Map(
    header.logs.map(({ id, size }) => {
      const own = heads.filter(({ log }) => log === id).toSorted((one, other) => one.size - other.size)
      return [id, { size, tree: createFrontier(), heads: own, confirmed: 0 }]
    }),
  )
}

function step(walks: ReadonlyMap<string, Walk>, line: string): Finding | null {
  const read = readLine(line)
  const walk = read === null ? undefined : walks.get(read.log)
  if (read === null || walk === undefined) {
    return finding(read?.log ?? 'unknown', read?.seq ?? 0, null, 'altered', 'A line is not an event of a listed log.')
  }
  const { log, seq, event, leaf } = read
  const expected = walk.tree.size()
  if (seq > expected) return finding(log, expected, null, 'missing', `Event ${expected} of the log ${log} is missing.`)
  if (seq < expected) {
    return finding(log, seq, event.id, 'reordered', `Event ${seq} (${event.id}) of the log ${log} is out of order.`)
  }
  const hash = leafHash(bodyFrom({ log, seq, event }))
  if (hash.toString('base64') !== leaf) {
    return finding(log, seq, event.id, 'altered', `Event ${seq} (${event.id}) of the log ${log} was altered.`)
  }
  walk.tree.push(hash)
  return checkHeads(log, walk)
}

function checkHeads(log: string, walk: Walk): Finding | null {
  const size = walk.tree.size()
  while (walk.heads[0]?.size === size) {
    const head = walk.heads.shift()
    if (head !== undefined && !head.root.equals(walk.tree.root())) {
      const sentence = `Of the events ${walk.confirmed} to ${size - 1} of the log ${log} at least one was altered: together they do not fit the checkpoint signed there.`
      return finding(log, walk.confirmed, null, 'altered', sentence)
    }
    walk.confirmed = size
  }
  return null
}

function atEnd(walks: ReadonlyMap<string, Walk>): Finding | null {
  for (const [log, { tree, size }] of walks) {
    if (tree.size() === size) continue
    const sentence = `The log ${log} ends before event ${tree.size()}, though the export says it has ${size}.`
    return finding(log, tree.size(), null, tree.size() > size ? 'inserted' : 'truncated', sentence)
  }
  return null
}

type Line = { readonly log: string; readonly seq: number; readonly leaf: string; readonly event: Event }

function readLine(line: string): Line | null {
  const value = parse(line)
  if (typeof value !== 'object' || value === null) return null
  const { log, seq, leaf, ...fields } = value as Record<string, unknown>
  if (typeof log !== 'string' || typeof leaf !== 'string' || typeof seq !== 'number') return null
  // A field that the hash does not cover could say anything.
  if (Object.keys(fields).length !== FIELDS.length || !FIELDS.every((field) => field in fields)) return null
  return { log, seq, leaf, event: fields as unknown as Event }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
