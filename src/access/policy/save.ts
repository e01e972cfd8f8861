import type { Audit } from '../../audit/index.ts'
import {
  actorOf,
  type Caller,
  type Clock,
  type EventInput,
  organizationOf,
  type Problem,
  type Result,
  refused,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import { POLICY_TOPIC } from './books.ts'
import { failedExamples } from './examples.ts'
import { openBook } from './judge-book.ts'
import { MOST, type PolicyBook } from './policy.ts'
import { refusePolicy } from './problems.ts'
import { policyTables, readBook, turnBook } from './store.ts'

export type PolicyDeps = { readonly store: Store; readonly audit: Audit; readonly clock: Clock }

/** What a change makes of a book, and what it then writes. */
export type Draft<T> = {
  readonly book: PolicyBook
  readonly write: (tx: Transaction) => Promise<Result<T>>
  readonly event: EventInput
  /** What the same request made before, or null: asked first, and then nothing is written. */
  readonly repeat?: (tx: Transaction) => Promise<Result<T> | null>
}

// Others may save meanwhile; after that many times somebody is told so.
const ATTEMPTS = 5

/**
 * Changes the policies of the caller's organization as a whole: what comes out is held against the schema and asked every
 * example before anything is written, and is written only if nobody else saved meanwhile.
 *
 * Errors: those of `draw` and `write`, `POLICY_INVALID`, `POLICY_EXAMPLE_FAILED`, `POLICY_LIMIT_REACHED`, `VERSION_STALE`.
 */
export async function save<T>(
  deps: PolicyDeps,
  caller: Caller,
  draw: (book: PolicyBook) => Result<Draft<T>>,
): Promise<Result<T>> {
  const organization = organizationOf(caller)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await readBook(policyTables(deps.store), organization)
    const drawn = draw(before)
    if (!drawn.ok) return drawn
    const problem = await problemOf(drawn.value.book, deps.clock.now())
    if (problem !== null) return refused(problem)
    const written = await deps.store.write((tx) => writeWithin(deps, tx, caller, before.version, drawn.value))
    if (written.ok || written.problem.code !== 'POLICY_BOOK_TURNED') return written
  }
  return refused(refuseHttp('VERSION_STALE'))
}

/** Why a book cannot be what an organization decides by, or null when it can. */
export async function problemOf(book: PolicyBook, now: number): Promise<Problem | null> {
  const together = book.policies.reduce((sum, { examples }) => sum + examples.length, 0)
  if (book.policies.length > MOST.policies || together > MOST.examplesTogether)
    return refusePolicy('POLICY_LIMIT_REACHED')
  const names = book.policies.map(({ name }) => name)
  if (new Set(names).size < names.length) return refusePolicy('POLICY_NAME_TAKEN')
  const opened = await openBook(book)
  if (!opened.ok) return opened.problem
  const errors = failedExamples(book, opened.value, now)
  return errors.length === 0 ? null : refusePolicy('POLICY_EXAMPLE_FAILED', { errors })
}

// Never leaves this file: whoever saves first wins, the other draws again.
const TURNED: Problem = Object.freeze({ ...refuseHttp('VERSION_STALE'), code: 'POLICY_BOOK_TURNED' })

async function writeWithin<T>(
  { audit }: PolicyDeps,
  tx: Transaction,
  caller: Caller,
  from: number,
  { book, write, event, repeat }: Draft<T>,
): Promise<Result<T>> {
  const organization = organizationOf(caller)
  const made = (await repeat?.(tx)) ?? null
  if (made !== null) return made
  if (!(await turnBook(tx, organization, from, book.schema))) return refused(TURNED)
  const written = await write(tx)
  if (!written.ok) return written
  await tx.announce(POLICY_TOPIC, organization)
  await audit.append(tx, { ...actorOf(caller), ...event })
  return written
}
