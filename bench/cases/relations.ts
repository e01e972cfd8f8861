import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createRelations, type Relations, relationMigrations } from '../../src/access/index.ts'
import type { Audit } from '../../src/audit/index.ts'
import { type Caller, systemClock } from '../../src/core/index.ts'
import { createMemoryBus, openStore, type Store } from '../../src/store/index.ts'
import { findPostgres, startPostgresFrom } from '../../test/support/postgres.ts'
import { atMost, type Figure, figure } from '../result.ts'

const [USERS, TEAMS, DEPARTMENTS, DIVISIONS, FOLDERS, DOCUMENTS] = [100_000, 10_000, 500, 20, 50_000, 500_000]
const ORGANIZATION = 'org_default'
const ROUNDS = 5
const CHECKS = 1_000
const LISTS = 100

const MODEL = {
  types: {
    user: {},
    group: { relations: { member: { direct: ['user', 'group#member'] } } },
    folder: {
      relations: {
        parent: { direct: ['folder'] },
        viewer: { anyOf: [{ direct: ['user', 'group#member'] }, { relation: 'viewer', from: 'parent' }] },
      },
    },
    document: {
      relations: {
        parent: { direct: ['folder'] },
        owner: { direct: ['user'] },
        viewer: {
          anyOf: [{ direct: ['user', 'group#member'] }, { relation: 'owner' }, { relation: 'viewer', from: 'parent' }],
        },
      },
    },
  },
}

/** A million tuples: people in teams in departments in divisions, folders in folders shared with them, documents in those. */
export async function benchRelations(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const program = await findPostgres()
  const figures: Figure[] = []
  try {
    figures.push(...(await measure('SQLite', `sqlite:${join(folder, 'sallyport.db')}`)))
    if (program === null) return figures
    const server = await startPostgresFrom(program)
    try {
      return [...figures, ...(await measure('PostgreSQL', server.url))]
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(name: string, url: string): Promise<Figure[]> {
  const onError = (error: unknown) => {
    throw error
  }
  const store = await openStore({
    url,
    migrations: relationMigrations,
    bus: createMemoryBus(),
    clock: systemClock,
    onError,
  })
  const audit = { append: async () => undefined } as unknown as Audit
  const relations = createRelations({ store, audit, clock: systemClock, serves: false, onError })
  try {
    const caller = { principal: { id: 'usr_bench', kind: 'user', organization: ORGANIZATION } } as unknown as Caller
    const put = await relations.putModel(MODEL, null, caller)
    if (!put.ok) throw new Error(JSON.stringify(put.problem))
    const count = await fill(store)
    return await figuresOf(`${name}, ${count.toLocaleString('en')} tuples`, relations)
  } finally {
    await relations.stop()
    await store.close()
  }
}

async function figuresOf(name: string, relations: Relations): Promise<Figure[]> {
  const random = randomFrom(7)
  const ask = (document: number, user: number) => allowed(relations, document, user)
  for (let i = 0; i < CHECKS; i++) await ask(pick(random, DOCUMENTS), pick(random, USERS))
  const [half, most, lists] = [[] as number[], [] as number[], [] as number[]]
  let allows = 0
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = []
    for (let i = 0; i < CHECKS; i++) {
      const [document, user] = i % 2 === 0 ? related(random) : [pick(random, DOCUMENTS), pick(random, USERS)]
      const start = performance.now()
      if (await ask(document, user)) allows += 1
      times.push(performance.now() - start)
    }
    half.push(percentile(times, 0.5))
    most.push(percentile(times, 0.99))
    lists.push(await listed(relations, random))
  }
  if (allows < (ROUNDS * CHECKS) / 4) throw new Error(`only ${allows} were allowed`)
  return [
    figure(`${name}: check of depth 4, half`, 'ms', half),
    figure(`${name}: check of depth 4, 99 of 100`, 'ms', most, atMost(2)),
    figure(`${name}: page of 100 objects, 99 of 100`, 'ms', lists, atMost(50)),
  ]
}

async function allowed(relations: Relations, document: number, user: number): Promise<boolean> {
  const object = { type: 'document', id: `d${document}` }
  const subject = { type: 'user', id: `u${user}`, relation: '' }
  const answer = await relations.check(ORGANIZATION, { object, relation: 'viewer', subject, token: null })
  if (!answer.ok) throw new Error(answer.problem.code)
  return answer.value.value
}

async function listed(relations: Relations, random: () => number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < LISTS; i++) {
    const subject = { type: 'user', id: `u${pick(random, USERS)}`, relation: '' }
    const input = { type: 'document', relation: 'viewer', subject, token: null, limit: 100, cursor: null }
    const start = performance.now()
    const page = await relations.objects(ORGANIZATION, input)
    times.push(performance.now() - start)
    if (!page.ok) throw new Error(page.problem.code)
  }
  return percentile(times, 0.99)
}

// The folder above that of the document is shared with the department of the person’s team: four steps, five with the team.
function related(random: () => number): [document: number, user: number] {
  const shared = SHARED_FROM + pick(random, 1_000)
  const folder = childOf(shared)
  const team = departmentOf(shared) + DEPARTMENTS * pick(random, TEAMS / DEPARTMENTS)
  return [folder * (DOCUMENTS / FOLDERS) + pick(random, DOCUMENTS / FOLDERS), memberOf(team, pick(random, 20))]
}

// Three folders lie above a document, the root among them.
const WIDTH = 37
const SHARED_FROM = 300
const childOf = (folder: number) => folder * WIDTH + 1
const departmentOf = (folder: number) => folder % DEPARTMENTS
const memberOf = (team: number, n: number) => (team * 37 + n * 4_999) % USERS

type Short = readonly [object: string, relation: string, subject: string, subjectRelation?: string]

function* tuples(): Generator<Short> {
  for (let team = 0; team < TEAMS; team++) {
    for (let n = 0; n < 20; n++) yield [`group:t${team}`, 'member', `user:u${memberOf(team, n)}`]
    yield [`group:d${team % DEPARTMENTS}`, 'member', `group:t${team}`, 'member']
  }
  for (let it = 0; it < DEPARTMENTS; it++) yield [`group:v${it % DIVISIONS}`, 'member', `group:d${it}`, 'member']
  for (let it = 1; it < FOLDERS; it++) {
    yield [`folder:f${it}`, 'parent', `folder:f${Math.floor((it - 1) / WIDTH)}`]
    if (it >= SHARED_FROM && it < SHARED_FROM + 1_000)
      yield [`folder:f${it}`, 'viewer', `group:d${departmentOf(it)}`, 'member']
    if (it % 5 === 0) yield [`folder:f${it}`, 'viewer', `group:t${(it * 7) % TEAMS}`, 'member']
  }
  for (let it = 0; it < DOCUMENTS; it++) {
    yield [`document:d${it}`, 'parent', `folder:f${Math.floor(it / (DOCUMENTS / FOLDERS))}`]
    if (it % 2 === 0) yield [`document:d${it}`, 'owner', `user:u${(it * 13) % USERS}`]
  }
}

async function fill(store: Store): Promise<number> {
  let count = 0
  let chunk: Short[] = []
  const write = async () => {
    const rows = chunk.map(([object, relation, subject, subjectRelation = '']) => {
      const [of, who] = [object.split(':'), subject.split(':')]
      return sql`(${ORGANIZATION}, ${of[0]}, ${of[1]}, ${relation}, ${subjectRelation}, ${who[0]}, ${who[1]}, null, 0)`
    })
    await store.write(async (tx) => {
      await sql`insert into access_tuple (organization, object_type, object_id, relation, subject_relation, subject_type,
        subject_id, expires_at, created_at) values ${sql.join(rows)} on conflict do nothing`.execute(tx.tables())
    })
    count += chunk.length
    chunk = []
  }
  for (const tuple of tuples()) {
    chunk.push(tuple)
    if (chunk.length === 2_500) await write()
  }
  if (chunk.length > 0) await write()
  await store.write(async (tx) => {
    await sql`analyze`.execute(tx.tables())
  })
  return count
}

function percentile(times: number[], part: number): number {
  const sorted = times.sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN
}

function pick(random: () => number, most: number): number {
  return Math.floor(random() * most)
}

// The same questions in each run.
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
