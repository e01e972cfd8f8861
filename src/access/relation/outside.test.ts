import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { backends, type World } from '../../../test/support/backends.ts'
import { modelFromOpenFga } from '../../../test/support/openfga.ts'
import { modelFromSpiceDb, tupleFromSpiceDb } from '../../../test/support/spicedb.ts'
import type { Result } from '../../core/index.ts'
import { openRelations, type RelationsStage } from './testing.ts'
import { readObject, readSubject, subjectText, type Tuple } from './tuple.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))
const outside = join(root, 'authz')

type Written = { readonly object: string; readonly relation: string; readonly user: string }
type Expected<T> = {
  readonly expectation?: T | null
  readonly errorCode?: number
  readonly contextualTuples?: Written[]
}
type Stage = {
  readonly model: string
  readonly tuples?: readonly Written[] | null
  readonly checkAssertions?: (Expected<boolean> & { tuple: Written; context?: object })[] | null
  readonly listObjectsAssertions?:
    | (Expected<string[]> & { request: { user: string; type: string; relation: string } })[]
    | null
  readonly listUsersAssertions?:
    | (Expected<string[]> & { request: { filters: string[]; object: string; relation: string } })[]
    | null
}
type Story = { readonly name: string; readonly stages: readonly Stage[] }

/** What was compared, what could not be and why, and what came out otherwise. */
type Tally = { same: number; readonly left: Map<string, number>; readonly different: string[] }

describe.skipIf(!existsSync(outside)).each(backends)('relations beside others on $name', ({ name, open }) => {
  let world: World
  let stage: RelationsStage
  let organizations = 0

  beforeAll(async () => {
    world = await open()
    stage = await openRelations(world)
  })
  afterAll(async () => {
    await stage.stop()
    await world.close()
  })

  it('answer OpenFGA’s consolidated tests as it does', async () => {
    const tally: Tally = { same: 0, left: new Map(), different: [] }
    for (const file of ['consolidated_1_1_tests.yaml', 'abac_tests.yaml']) {
      const { tests } = parse(readFileSync(join(outside, 'openfga', file), 'utf8')) as { tests: Story[] }
      for (const story of tests) await tell(story, tally)
    }
    report(`OpenFGA on ${name}`, tally)
    expect(tally.different).toEqual([])
    expect(tally.same).toBeGreaterThan(800)
  }, 300_000)

  it('answer SpiceDB’s validation files as it does', async () => {
    const tally: Tally = { same: 0, left: new Map(), different: [] }
    for (const folder of ['testconfigs', 'examples']) {
      const files = readdirSync(join(outside, 'spicedb', folder)).filter((file) => file.endsWith('.yaml'))
      for (const file of files) await validate(join(outside, 'spicedb', folder, file), tally)
    }
    report(`SpiceDB on ${name}`, tally)
    expect(tally.different).toEqual([])
    expect(tally.same).toBeGreaterThan(200)
  }, 300_000)

  async function tell({ name: story, stages }: Story, tally: Tally): Promise<void> {
    const organization = `org_${organizations++}`
    const before: Written[] = []
    for (const it of stages) {
      const count =
        (it.checkAssertions?.length ?? 0) +
        (it.listObjectsAssertions?.length ?? 0) +
        (it.listUsersAssertions?.length ?? 0)
      const model = modelFromOpenFga(it.model)
      if ('unsupported' in model) {
        leave(tally, model.unsupported, count)
        continue
      }
      const put = await stage.relations.putModel(model.model, null, stage.callerOf(organization))
      if (!put.ok) {
        leave(tally, `${story}: ${JSON.stringify(put.problem.errors?.[0])}`, count)
        continue
      }
      before.push(...(it.tuples ?? []))
      await writeAll(organization, it.tuples ?? [])
      await assertAll(story, it, { organization, put: model.model, before }, tally)
    }
  }

  type At = { readonly organization: string; readonly put: unknown; readonly before: readonly Written[] }

  async function assertAll(story: string, it: Stage, at: At, tally: Tally): Promise<void> {
    for (const { tuple, ...expected } of it.checkAssertions ?? []) {
      const got = await withContext(at, expected, async (where) => {
        const object = readObject(tuple.object)
        const subject = readSubject(tuple.user)
        if ('fault' in object || 'fault' in subject) return 'refused'
        const input = { object: object.value, relation: tuple.relation, subject: subject.value, token: null }
        return answerOf(await stage.relations.check(where, input))
      })
      compare(tally, `${story}: check ${JSON.stringify(tuple)}`, expected, got)
    }
    for (const { request, ...expected } of it.listObjectsAssertions ?? []) {
      const got = await withContext(at, expected, (where) => objectsOf(where, request))
      compare(tally, `${story}: objects ${JSON.stringify(request)}`, expected, got)
    }
    for (const { request, ...expected } of it.listUsersAssertions ?? []) {
      const got = await withContext(at, expected, (where) => subjectsOf(where, request))
      compare(tally, `${story}: users ${JSON.stringify(request)}`, expected, got)
    }
  }

  // Tuples that only one question knows are written for it, into a copy.
  async function withContext<T>(
    at: At,
    { contextualTuples = [] }: Expected<unknown>,
    ask: (organization: string) => Promise<T>,
  ) {
    if (contextualTuples.length === 0) return ask(at.organization)
    const copy = `org_${organizations++}`
    await stage.relations.putModel(at.put, null, stage.callerOf(copy))
    const written = (await writeAll(copy, at.before)) && (await writeAll(copy, contextualTuples))
    return written ? ask(copy) : 'refused'
  }

  async function objectsOf(where: string, { user, type, relation }: { user: string; type: string; relation: string }) {
    const subject = readSubject(user)
    if ('fault' in subject) return 'refused'
    const input = { type, relation, subject: subject.value, token: null }
    const ids = await stage.allPages((cursor) => stage.relations.objects(where, { ...input, limit: 7, cursor }))
    return ids === null ? 'refused' : ids.map((id) => `${type}:${id}`).sort()
  }

  async function subjectsOf(where: string, request: { filters: string[]; object: string; relation: string }) {
    const object = readObject(request.object)
    const [subjectType = '', subjectRelation = ''] = (request.filters[0] ?? '').split('#')
    if ('fault' in object) return 'refused'
    const input = { object: object.value, relation: request.relation, subjectType, subjectRelation, token: null }
    const ids = await stage.allPages((cursor) => stage.relations.subjects(where, { ...input, limit: 7, cursor }))
    return ids?.map((id) => subjectText({ type: subjectType, id, relation: subjectRelation })).sort() ?? 'refused'
  }

  async function writeAll(organization: string, tuples: readonly Written[]): Promise<boolean> {
    const write: Tuple[] = []
    for (const { object, relation, user } of tuples) {
      const [of, who] = [readObject(object), readSubject(user)]
      if ('fault' in of || 'fault' in who) return false
      write.push({ object: of.value, relation, subject: who.value, expiresAt: null })
    }
    const unique = [...new Map(write.map((it) => [JSON.stringify(it), it])).values()]
    return (await stage.write(organization, unique)).ok
  }

  async function validate(file: string, tally: Tally): Promise<void> {
    const {
      schema = '',
      relationships = '',
      assertions,
    } = parse(readFileSync(file, 'utf8')) as {
      schema?: string
      relationships?: string
      assertions?: { assertTrue?: string[] | null; assertFalse?: string[] | null; assertCaveated?: string[] | null }
    }
    const { assertTrue, assertFalse, assertCaveated } = assertions ?? {}
    const all = [...(assertTrue ?? []), ...(assertFalse ?? []), ...(assertCaveated ?? [])]
    const at = file.split('/').at(-1) ?? file
    const model = modelFromSpiceDb(schema)
    if ('unsupported' in model) return leave(tally, model.unsupported, all.length)
    const organization = `org_${organizations++}`
    const put = await stage.relations.putModel(model.model, null, stage.callerOf(organization))
    if (!put.ok) return leave(tally, `${at}: ${put.problem.errors?.[0]?.message}`, all.length)
    const lines = relationships.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//'))
    const tuples = lines.map(tupleFromSpiceDb).filter(({ expiresAt }) => expiresAt === null || expiresAt > Date.now())
    const read = tuples.map(({ object, relation, subject, expiresAt }) => ({
      object: readObject(object),
      relation,
      subject: readSubject(subject),
      expiresAt,
    }))
    const write = read.flatMap(({ object, subject, ...rest }): Tuple[] =>
      'fault' in object || 'fault' in subject ? [] : [{ ...rest, object: object.value, subject: subject.value }],
    )
    if (write.length < tuples.length) return leave(tally, 'ids of more than 256 characters', all.length)
    const unique = [...new Map(write.map((it) => [JSON.stringify(it), it])).values()]
    const written = await stage.write(organization, unique)
    if (!written.ok) return leave(tally, `${at}: ${JSON.stringify(written.problem.errors?.[0])}`, all.length)
    for (const [texts, expectation] of [
      [assertTrue, true],
      [assertFalse, false],
    ] as const) {
      for (const text of texts ?? []) {
        const { object, relation, subject } = tupleFromSpiceDb(text)
        const [of, who] = [readObject(object), readSubject(subject)]
        if ('fault' in of || 'fault' in who) throw new Error(text)
        const input = { object: of.value, relation, subject: who.value, token: null }
        compare(tally, `${at}: ${text}`, { expectation }, answerOf(await stage.relations.check(organization, input)))
      }
    }
  }
})

function answerOf<T>(result: Result<{ readonly value: T }>): T | 'refused' {
  return result.ok ? result.value.value : 'refused'
}

function compare(tally: Tally, what: string, { expectation, errorCode }: Expected<unknown>, got: unknown): void {
  const wanted =
    errorCode === undefined
      ? Array.isArray(got)
        ? [...((expectation as string[] | null) ?? [])].sort()
        : expectation
      : 'refused'
  if (JSON.stringify(wanted) === JSON.stringify(got)) tally.same += 1
  else tally.different.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`)
}

function leave(tally: Tally, reason: string, count: number): void {
  tally.left.set(reason, (tally.left.get(reason) ?? 0) + count)
}

function report(what: string, { same, left, different }: Tally): void {
  const reasons = [...left].map(([reason, count]) => `\n  ${count} left out: ${reason}`).join('')
  process.stdout.write(`${what}: ${same} assertions alike, ${different.length} different${reasons}\n`)
}
