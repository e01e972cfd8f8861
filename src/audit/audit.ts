import type { Clock, Event, EventInput, EventTable, Result, Secret } from '../core/index.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { publicBytes, verifierKey } from './checkpoint.ts'
import { createCheckpointFile } from './checkpoint-file.ts'
import { type Checkpoint, openCheckpointKey, signCheckpoints } from './checkpoints.ts'
import { createCommit } from './commit.ts'
import { createEntryMaker, entryFrom, type PlacedEvent } from './entry.ts'
import { auditEvents } from './events.ts'
import { exportLines } from './export.ts'
import type { EventFilter } from './filter.ts'
import type { Verification } from './finding.ts'
import { endOfLogs, type Followed, type FollowQuery, follow, type LogPositions } from './follow.ts'
import { createLogWriter } from './log.ts'
import { type EventProof, prove, proveConsistency } from './prove.ts'
import { createRecorder } from './record.ts'
import { type EventPage, type SearchQuery, search } from './search.ts'
import type { AuditSettings } from './settings.ts'
import { type TailQuery, tail } from './tail.ts'
import { createThreadWriter } from './thread.ts'
import { type VerifyOptions, verify } from './verify.ts'

/** The record of what happened. Every function throws on a type or detail that no table of events has. */
export type Audit = {
  /**
   * Writes an event with the change it tells of, in the same transaction: both or neither. On PostgreSQL it holds this
   * node's log until the transaction ends: call it after the change's own statements.
   */
  readonly append: (tx: Transaction, input: EventInput) => Promise<Event>
  /** Takes an access event without waiting. It is written within `flushEvery`, in a batch. */
  readonly record: (input: EventInput) => void
  /** Writes a single event; resolves when it is on the disk. Must not be called inside `store.write`. */
  readonly commit: (input: EventInput) => Promise<Event>
  /** Writes what `record` took. @throws when the database does not take it; it goes on waiting */
  readonly flush: () => Promise<void>
  /** Finds events, newest first. @returns a page, or `CURSOR_INVALID` */
  readonly search: (query: SearchQuery) => Promise<Result<EventPage>>
  /** Follows events as they are written. */
  readonly tail: (query?: TailQuery) => AsyncGenerator<PlacedEvent>
  /** Reads what was written after positions that the caller keeps: for who must miss no event, also after a crash. */
  readonly follow: (query: FollowQuery) => Promise<Followed>
  /** The present end of every log, to begin to follow from. */
  readonly end: () => Promise<LogPositions>
  /** All events as JSON Lines, which `verifyExport` verifies when nothing was filtered. Signs a checkpoint first. */
  readonly export: (filter?: EventFilter) => AsyncGenerator<string>
  /** Signs every log that grew since it was last signed. */
  readonly checkpoint: () => Promise<readonly Checkpoint[]>
  /** Holds the whole record against its trees and signatures, after writing what waits. */
  readonly verify: (options?: VerifyOptions) => Promise<Verification>
  /** Proof that an event is in the record. @returns null when there is no such event */
  readonly prove: (eventId: string) => Promise<EventProof | null>
  /** Proof that a log of a larger size began as the log of a smaller one; base64 hashes. */
  readonly proveConsistency: (log: string, smaller: number, size: number) => Promise<readonly string[]>
  /** The public key of the checkpoints of a log as a note verifier key. */
  readonly publicKey: (log?: string) => string
  /** Writes what waits, signs a last checkpoint and ends. */
  readonly stop: () => Promise<void>
}

export type AuditDeps = {
  readonly store: Store
  readonly secrets: Secrets
  readonly clock: Clock
  /** Every event there is, with the details it may carry. */
  readonly tables: readonly EventTable[]
  /** Whose log this process writes; on SQLite the processes of one file share one, on PostgreSQL each node has its own. */
  readonly node: string
  readonly settings: AuditSettings
  /**
   * The address of the same SQLite database: access events are then hashed and written on a thread of their own. For a
   * process that serves; a command writes its few events itself.
   */
  readonly thread?: { readonly url: Secret } | undefined
  /** Hears how many access events were just lost, for a counter. */
  readonly onDropped?: ((count: number) => void) | undefined
  /** Hears what goes wrong where nobody waits. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/**
 * Opens the record of what happened (rows U1 to U4).
 *
 * @example const audit = await createAudit({ store, secrets, clock, tables: allEvents, node: 'main', settings })
 */
export async function createAudit(deps: AuditDeps): Promise<Audit> {
  const { store, secrets, clock, node, settings, onDropped = () => undefined, onError = () => undefined } = deps
  const key = await openCheckpointKey(secrets)
  const publicKey = publicBytes(key)
  // What this module itself tells must always be told.
  const tables = deps.tables.includes(auditEvents) ? deps.tables : [auditEvents, ...deps.tables]
  const make = createEntryMaker(tables, clock)
  const append = createLogWriter({ dialect: store.dialect, clock, name: node })
  const thread = deps.thread === undefined ? null : createThreadWriter({ url: deps.thread.url, name: node, onError })
  const write = thread?.write ?? ((rests: readonly string[]) => store.write((tx) => append(tx, rests.map(entryFrom))))
  const recorder = createRecorder({ write, make, settings, onDropped, onError })
  const file = createCheckpointFile(settings.checkpointFile)

  async function checkpoint(): Promise<readonly Checkpoint[]> {
    const signed = await signCheckpoints({ store, clock, key })
    await file(signed.map(({ note }) => note))
    return signed
  }

  const timer = setInterval(() => void checkpoint().catch(onError), settings.checkpointEvery)
  timer.unref()

  async function* exported(filter?: EventFilter): AsyncGenerator<string> {
    await recorder.flush()
    await checkpoint()
    yield* exportLines(store, publicKey, filter)
  }

  return Object.freeze({
    append: async (tx: Transaction, input: EventInput) => {
      const entry = make(input)
      await append(tx, [entry])
      return entry.event
    },
    record: recorder.record,
    commit: createCommit({ store, append, make }),
    flush: recorder.flush,
    search: (query: SearchQuery) => search(store, query),
    tail: (query: TailQuery = {}) => tail(store, query),
    follow: (query: FollowQuery) => follow(store, query),
    end: () => endOfLogs(store),
    export: exported,
    checkpoint,
    verify: async (options?: VerifyOptions) => {
      await recorder.flush()
      return verify({ store, key: publicKey, file: settings.checkpointFile }, options)
    },
    prove: (eventId: string) => prove(store, eventId, checkpoint),
    proveConsistency: (log: string, smaller: number, size: number) => proveConsistency(store, log, smaller, size),
    publicKey: (log = 'audit') => verifierKey(log, publicKey),
    stop: async () => {
      clearInterval(timer)
      await recorder.stop()
      await thread?.stop()
      await checkpoint().catch(onError)
    },
  })
}
