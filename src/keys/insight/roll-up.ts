import type { Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { DAY, HOUR, MINUTE, SPANS, startOf } from './span.ts'
import { deleteRows, findDue, holdRows, markRolled, putRows, type SpanRow } from './store.ts'
import { addTraffic, createTraffic, detailOf, PLACES, type Traffic, trafficOf } from './traffic.ts'

type Held = () => Promise<boolean>
type Deps = { readonly store: Store; readonly clock: Clock }
/** Rows of length `from` become one of length `to`. */
type Step = { readonly from: number; readonly to: number }

/** Hours before days, so that a day is made of whole hours. */
const STEPS: readonly Step[] = [
  { from: MINUTE, to: HOUR },
  { from: HOUR, to: DAY },
]
/** A stretch is rolled up when it has been over for so long: every process has then written what it saw. */
const PATIENCE = 2 * MINUTE
/** Keys rolled up by one transaction, and rows deleted by one. */
const KEYS_AT_ONCE = 20
const ROWS_AT_ONCE = 1000

/**
 * Keeps the record of traffic small: minutes become hours, hours become days, and what has had its time is deleted. Work
 * for one process at a time, in small steps; what it leaves undone it finds again.
 *
 * @param held asked before each step; the work ends when it says no
 */
export async function tidy(deps: Deps, held: Held): Promise<void> {
  for (const step of STEPS) await rollUp(deps, step, held)
  await sweep(deps, held)
}

async function rollUp({ store, clock }: Deps, step: Step, held: Held): Promise<void> {
  while (await held()) {
    const before = startOf(step.to, clock.now() - PATIENCE)
    const due = await findDue(store, { ...step, before, most: KEYS_AT_ONCE })
    if (due === null) return
    await rollUpKeys(store, step, due)
  }
}

// Always from all the rows of the stretch: a row that came late makes the longer one again, complete.
async function rollUpKeys(
  store: Store,
  step: Step,
  { start, keyIds }: { readonly start: number; readonly keyIds: readonly string[] },
): Promise<void> {
  const part = { span: step.from, from: start, to: start + step.to }
  await store.write(async (tx) => {
    const sums = sumByKey(await holdRows(tx, keyIds, part))
    await putRows(
      tx,
      [...sums].map(([keyId, sum]) => ({ ...sum, keyId, span: step.to, start, batch: '', detail: detailOf(sum) })),
    )
    await markRolled(tx, keyIds, part)
  })
}

function sumByKey(rows: readonly SpanRow[]): ReadonlyMap<string, Traffic> {
  const sums = new Map<string, Traffic>()
  for (const row of rows) {
    const sum = sums.get(row.keyId) ?? createTraffic(PLACES.longer)
    addTraffic(sum, trafficOf(row))
    sums.set(row.keyId, sum)
  }
  return sums
}

async function sweep({ store, clock }: Deps, held: Held): Promise<void> {
  const now = clock.now()
  for (const { length, kept } of Object.values(SPANS)) {
    // A row that is part of no longer one yet is not deleted; the longest are part of none.
    const part = { span: length, rolled: length === DAY ? 0 : 1, before: startOf(length, now) - kept } as const
    while (await held()) {
      if ((await deleteRows(store, { ...part, most: ROWS_AT_ONCE })) < ROWS_AT_ONCE) break
    }
  }
}
