import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Config, loadConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { manyKeys, newKey } from '../key.ts'
import { atMost, type Figure, figure } from '../result.ts'
import { openKeysForBench } from '../system.ts'

const REAL = 1000
const MANY = 1_000_000
const ROUNDS = 5
const PAGE = 50

type Opened = Awaited<ReturnType<typeof openKeysForBench>>

/**
 * A store with a million keys beside one with a thousand: verifying keys that no memory holds, reading pages of lists,
 * and what the process keeps in memory.
 */
export async function benchMillion(): Promise<Figure[]> {
  const small = await prepare(0)
  const large = await prepare(MANY)
  try {
    const rates = { small: [] as number[], large: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      rates.small.push(await coldRate(small))
      rates.large.push(await coldRate(large))
    }
    const slower = rates.small.map((rate, i) => rate / (rates.large[i] as number))
    return [
      figure('a thousand keys, verify cold', 'verifications/s', rates.small),
      figure('a million keys, verify cold', 'verifications/s', rates.large),
      figure('a million keys, cold verification slower than with a thousand', 'x', slower, atMost(2)),
      ...(await listFigures(large)),
      figure('a million keys, heap of the process after all of it', 'MiB', [heapMiB()]),
    ]
  } finally {
    for (const { data } of [small, large]) rmSync(data, { recursive: true, force: true })
  }
}

type Prepared = { readonly data: string; readonly config: Config; readonly texts: readonly string[] }

async function prepare(more: number): Promise<Prepared> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const loaded = await loadConfig({ cwd: data, env: {}, overrides: { data, keys: manyKeys } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { system, caller } = await openKeysForBench(loaded.value, systemClock)
  const texts = await Promise.all(
    Array.from({ length: REAL }, async (_, i) => {
      const made = await system.keys.create({ ...newKey(`real ${i}`), tags: ['real'] }, caller, null)
      if (!made.ok || made.value.secret === null) throw new Error(JSON.stringify(made))
      return made.value.secret.reveal()
    }),
  )
  await system.stop()
  if (more > 0) multiply(join(data, 'sallyport.db'), more)
  return { data, config: loaded.value, texts }
}

// The table itself is multiplied: making a million keys one by one would measure making them.
function multiply(file: string, more: number): void {
  const database = new DatabaseSync(file)
  const columns = database.prepare('select name from pragma_table_info(?)').all('api_key')
  const names = columns.map(({ name }) => String(name))
  const values = names.map((name) => CHANGED[name] ?? `template.${name}`)
  database.exec(`
    with recursive number(n) as (select 1 union all select n + 1 from number where n < ${more})
    insert into api_key (${names.join(', ')})
    select ${values.join(', ')} from number, (select * from api_key order by id limit 1) as template`)
  database.exec('analyze')
  database.close()
}

const CHANGED: Readonly<Record<string, string>> = {
  id: "substr(template.id, 1, 8) || substr(replace(replace(lower(hex(randomblob(16))), 'a', 'x'), 'e', 'z'), 1, 20)",
  digest: 'randomblob(32)',
  name: "'copy ' || n",
  classification: "case n % 1000 when 0 then 'CRITICAL' else 'LOW' end",
  status: "case n % 1000 when 1 then 'suspended' else 'active' end",
}

// A new process knows no key: opened anew, each verification reads.
async function coldRate({ config, texts }: Prepared): Promise<number> {
  const { system } = await openKeysForBench(config, systemClock)
  const start = performance.now()
  for (let at = 0; at < texts.length; at += 50) {
    const answers = await Promise.all(texts.slice(at, at + 50).map((key) => system.keys.verify({ key })))
    if (answers.some(({ valid }) => !valid)) throw new Error('a cold key was refused')
  }
  const rate = (texts.length * 1000) / (performance.now() - start)
  await system.stop()
  return rate
}

const LISTS = {
  'of everything': {},
  'by status': { status: 'suspended' },
  'by classification': { classification: 'CRITICAL' },
  'by tag': { tag: 'real' },
  'by text that many have': { text: 'copy' },
  'by text that few have': { text: 'real 77' },
  'by text that none has': { text: 'no such name' },
  'of expired ones': { status: 'expired' },
} as const

async function listFigures({ config }: Prepared): Promise<Figure[]> {
  const opened = await openKeysForBench(config, systemClock)
  const figures: Figure[] = []
  for (const [name, filter] of Object.entries(LISTS)) {
    await readPage(opened, filter)
    const times: number[] = []
    for (let round = 0; round < 20; round++) times.push(await readPage(opened, filter))
    figures.push(figure(`a million keys, a page ${name}`, 'ms', times, atMost(20)))
  }
  await opened.system.stop()
  return figures
}

async function readPage({ system, caller }: Opened, filter: (typeof LISTS)[keyof typeof LISTS]): Promise<number> {
  const start = performance.now()
  await system.keys.list(filter, { before: null, limit: PAGE }, caller)
  return performance.now() - start
}

function heapMiB(): number {
  return process.memoryUsage().heapUsed / 2 ** 20
}
