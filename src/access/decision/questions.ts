import type { Kysely } from 'kysely'
import { type Clock, createId } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { Question } from './question.ts'

type Row = { id: string; organization: string; question: string }
type Tables = Kysely<{ access_question: Row }>

const EVERY = 1000
// What comes faster than it is written is left out: a flood of denies must not be written down one by one.
const MOST_WAITING = 500
const LONGEST = 8192

/** Questions that were asked, for dry runs: the latest of each organization, and no more than it may keep. */
export type Questions = {
  /** Takes one without waiting. */
  readonly keep: (organization: string, question: Question) => void
  readonly flush: () => Promise<void>
  /** The latest, newest first. */
  readonly latest: (organization: string) => Promise<readonly Question[]>
  readonly stop: () => Promise<void>
}

/**
 * Keeps questions.
 *
 * @param deps.most how many of an organization; 0 keeps none
 */
export function createQuestions(deps: {
  store: Store
  clock: Clock
  most: number
  onError: (error: unknown) => void
}): Questions {
  const { store, clock, most } = deps
  let waiting: Row[] = []
  let writing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => void flush().catch(deps.onError), EVERY)
  timer.unref()

  function keep(organization: string, question: Question): void {
    if (most === 0 || waiting.length >= MOST_WAITING) return
    const text = JSON.stringify(question)
    if (text.length <= LONGEST) waiting.push({ id: createId('que', clock.now()), organization, question: text })
  }

  function flush(): Promise<void> {
    writing = writing.catch(() => undefined).then(write)
    return writing
  }

  async function write(): Promise<void> {
    const rows = waiting
    if (rows.length === 0) return
    waiting = []
    await store.across('questions about all are kept together', () => insert(rows))
  }

  function insert(rows: readonly Row[]): Promise<void> {
    return store.write(async (tx) => {
      const tables: Tables = tx.tables()
      await tables.insertInto('access_question').values(rows).execute()
      for (const organization of new Set(rows.map((row) => row.organization))) await trim(tables, organization, most)
    })
  }

  async function latest(organization: string): Promise<readonly Question[]> {
    await flush()
    const tables: Tables = store.tables()
    const rows = await tables
      .selectFrom('access_question')
      .select('question')
      .where('organization', '=', organization)
      .orderBy('id', 'desc')
      .limit(most)
      .execute()
    return rows.map(({ question }) => JSON.parse(question))
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    await flush().catch(deps.onError)
  }

  return Object.freeze({ keep, flush, latest, stop })
}

async function trim(tables: Tables, organization: string, most: number): Promise<void> {
  const all = tables.selectFrom('access_question').select('id').where('organization', '=', organization)
  const first = await all.orderBy('id', 'desc').offset(most).limit(1).executeTakeFirst()
  if (first === undefined) return
  await tables
    .deleteFrom('access_question')
    .where('organization', '=', organization)
    .where('id', '<=', first.id)
    .execute()
}
