import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { backends, type World } from '../../../test/support/backends.ts'
import { modelFromOpenFga } from '../../../test/support/openfga.ts'
import { openRelations, type RelationsStage } from './testing.ts'
import { readObject, readSubject, subjectText, type Tuple } from './tuple.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))
const folder = join(root, 'authz', 'openfga', 'sample-stores')

type Written = { readonly object: string; readonly relation: string; readonly user: string }
type ByRelation<T> = Readonly<Record<string, T>>
type StoreTest = {
  readonly name: string
  readonly tuples?: readonly Written[]
  readonly check?: readonly { user: string; object: string; assertions: ByRelation<boolean> }[]
  readonly list_objects?: readonly { user: string; type: string; assertions: ByRelation<readonly string[]> }[]
  readonly list_users?: readonly {
    object: string
    user_filter: readonly { type: string; relation?: string }[]
    assertions: ByRelation<{ readonly users: readonly string[] }>
  }[]
}
type SampleStore = {
  readonly model?: string
  readonly model_file?: string
  readonly tuples?: readonly Written[]
  readonly tuple_file?: string
  readonly tests: readonly StoreTest[]
}
type Tally = { stores: number; same: number; readonly left: Map<string, number>; readonly different: string[] }

const read = (file: string) => readFileSync(join(folder, file), 'utf8')

/** A file beside a store: its folders are part of its name. */
function beside(store: string, file: string): string {
  return `${store.slice(0, store.lastIndexOf('__') + 2)}${file.replace('./', '').replaceAll('/', '__')}`
}

function modelOf(file: string, { model, model_file }: SampleStore): string {
  if (model !== undefined) return model
  // Which modules there are is told by no file that came along: all of the folder are.
  if (model_file?.endsWith('fga.mod') === true) {
    const start = beside(file, '')
    const modules = readdirSync(folder).filter((name) => name.startsWith(start) && name.endsWith('.fga'))
    return modules.map(read).join('\n')
  }
  return read(beside(file, model_file ?? ''))
}

function countOf({ check = [], list_objects = [], list_users = [] }: StoreTest): number {
  return [...check, ...list_objects, ...list_users].flatMap(({ assertions }) => Object.keys(assertions)).length
}

describe.skipIf(!existsSync(folder)).each(backends)('relations beside OpenFGA’s sample stores on $name', (backend) => {
  let world: World
  let stage: RelationsStage
  let organizations = 0

  beforeAll(async () => {
    world = await backend.open()
    stage = await openRelations(world)
  })
  afterAll(async () => {
    await stage.stop()
    await world.close()
  })

  it('answer their tests as OpenFGA does', async () => {
    const tally: Tally = { stores: 0, same: 0, left: new Map(), different: [] }
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.fga.yaml'))) await tell(file, tally)
    const { stores, same, left, different } = tally
    const reasons = [...left].map(([reason, count]) => `\n  ${count} left out: ${reason}`).join('')
    process.stdout.write(`OpenFGA’s ${stores} sample stores on ${backend.name}: ${same} assertions alike${reasons}\n`)
    expect(different).toEqual([])
    expect(same).toBeGreaterThan(180)
  }, 300_000)

  async function tell(file: string, tally: Tally): Promise<void> {
    const store = parse(read(file)) as SampleStore
    tally.stores += 1
    const model = modelFromOpenFga(modelOf(file, store))
    const all = store.tests.reduce((sum, test) => sum + countOf(test), 0)
    if ('unsupported' in model) return leave(tally, model.unsupported, all)
    const filed = store.tuple_file === undefined ? [] : (parse(read(beside(file, store.tuple_file))) as Written[])
    for (const test of store.tests) {
      const where = `org_${organizations++}`
      const put = await stage.relations.putModel(model.model, null, stage.callerOf(where))
      if (!put.ok) {
        leave(tally, `${file}: ${JSON.stringify(put.problem.errors?.[0])}`, countOf(test))
        continue
      }
      const tuples = [...filed, ...(store.tuples ?? []), ...(test.tuples ?? [])]
      expect([file, test.name, await writeAll(where, tuples)]).toEqual([file, test.name, true])
      await assertAll(where, `${file}: ${test.name}`, test, tally)
    }
  }

  async function writeAll(organization: string, tuples: readonly Written[]): Promise<boolean> {
    const write = tuples.map(({ object, relation, user }): Tuple => {
      const [of, who] = [readObject(object), readSubject(user)]
      if ('fault' in of || 'fault' in who) throw new Error(JSON.stringify({ object, user }))
      return { object: of.value, relation, subject: who.value, expiresAt: null }
    })
    const unique = [...new Map(write.map((it) => [JSON.stringify(it), it])).values()]
    return unique.length === 0 || (await stage.write(organization, unique)).ok
  }

  async function assertAll(where: string, name: string, test: StoreTest, tally: Tally): Promise<void> {
    for (const { user, object, assertions } of test.check ?? []) {
      for (const [relation, wanted] of Object.entries(assertions)) {
        compare(tally, `${name}: ${user} ${relation} ${object}`, wanted, await checked(where, user, relation, object))
      }
    }
    for (const { user, type, assertions } of test.list_objects ?? []) {
      for (const [relation, wanted] of Object.entries(assertions)) {
        const got = await objectsOf(where, user, relation, type)
        compare(tally, `${name}: ${type} of ${user} ${relation}`, [...wanted].sort(), got)
      }
    }
    for (const { object, user_filter, assertions } of test.list_users ?? []) {
      for (const [relation, { users }] of Object.entries(assertions)) {
        const got = await subjectsOf(where, object, relation, user_filter[0] ?? { type: '' })
        compare(tally, `${name}: users ${relation} ${object}`, [...users].sort(), got)
      }
    }
  }

  async function checked(where: string, user: string, relation: string, object: string) {
    const [of, who] = [readObject(object), readSubject(user)]
    if ('fault' in of || 'fault' in who) return 'refused'
    const found = await stage.relations.check(where, {
      object: of.value,
      relation,
      subject: who.value,
      token: null,
    })
    return found.ok ? found.value.value : 'refused'
  }

  async function objectsOf(where: string, user: string, relation: string, type: string) {
    const subject = readSubject(user)
    if ('fault' in subject) return 'refused'
    const input = { type, relation, subject: subject.value, token: null }
    const ids = await stage.allPages((cursor) => stage.relations.objects(where, { ...input, limit: 7, cursor }))
    return ids?.map((id) => `${type}:${id}`).sort() ?? 'refused'
  }

  async function subjectsOf(
    where: string,
    object: string,
    relation: string,
    { type, relation: subjectRelation = '' }: { type: string; relation?: string },
  ) {
    const of = readObject(object)
    if ('fault' in of) return 'refused'
    const input = { object: of.value, relation, subjectType: type, subjectRelation, token: null }
    const ids = await stage.allPages((cursor) => stage.relations.subjects(where, { ...input, limit: 7, cursor }))
    return ids?.map((id) => subjectText({ type, id, relation: subjectRelation })).sort() ?? 'refused'
  }
})

function compare(tally: Tally, what: string, wanted: unknown, got: unknown): void {
  if (JSON.stringify(wanted) === JSON.stringify(got)) tally.same += 1
  else tally.different.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`)
}

function leave(tally: Tally, reason: string, count: number): void {
  tally.left.set(reason, (tally.left.get(reason) ?? 0) + count)
}
