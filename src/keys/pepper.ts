import type { KeyObject } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/index.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'
import { type Peppers, pepperOf } from './digest.ts'
import { readTables } from './store.ts'
import type { KeyTables } from './tables.ts'

const PEPPER_BYTES = 32

export type PepperShelf = {
  readonly peppers: () => Peppers
  /** Reads the versions again, after another process made a new one. */
  readonly reload: () => Promise<void>
  /** Makes a new version the current one. Old keys keep working and are re-made with it as they are used. */
  readonly rotate: () => Promise<number>
}

/** Loads every pepper from the secrets, making the first on first start (row K4). */
export async function openPeppers(deps: { store: Store; secrets: Secrets; clock: Clock }): Promise<PepperShelf> {
  let peppers = await load(deps)

  async function reload(): Promise<void> {
    peppers = await load(deps)
  }

  async function rotate(): Promise<number> {
    const version = peppers.current + 1
    // The secret first: a version without its pepper must never be announced.
    await deps.secrets.keep(secretName(version), makePepper)
    await deps.store.write(async (tx) => {
      const row = { version, created_at: deps.clock.now() }
      await tx
        .tables<KeyTables>()
        .insertInto('key_pepper')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      await tx.announce('key.pepper', String(version))
    })
    await reload()
    return version
  }

  return Object.freeze({ peppers: () => peppers, reload, rotate })
}

async function load(deps: { store: Store; secrets: Secrets }): Promise<Peppers> {
  const rows = await readTables(deps.store)
    .selectFrom('key_pepper')
    .select('version')
    .orderBy('version', 'desc')
    .execute()
  const byVersion = new Map<number, KeyObject>()
  for (const { version } of rows)
    byVersion.set(version, pepperOf(await deps.secrets.keep(secretName(version), makePepper)))
  const current = rows[0]?.version
  if (current === undefined) throw new Error('the table of peppers is empty; the database is damaged')
  return { current, byVersion }
}

function secretName(version: number): string {
  return `keys.pepper.${version}`
}

function makePepper(): Buffer {
  return randomBytes(PEPPER_BYTES)
}
