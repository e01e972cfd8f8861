import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../../../test/support/backends.ts'
import type { Store } from '../../store/index.ts'
import { stoppedClock } from '../../store/testing.ts'
import type { ModelDocument } from './model.ts'
import { createRelations } from './relations.ts'
import { openRelations, type RelationsStage } from './testing.ts'
import { readObject, readSubject, type Tuple } from './tuple.ts'

const MODEL: ModelDocument = {
  types: {
    user: {},
    group: { relations: { member: { direct: ['user', 'group#member'] } } },
    folder: {
      relations: {
        parent: { direct: ['folder'] },
        viewer: { anyOf: [{ direct: ['user', 'user:*', 'group#member'] }, { relation: 'viewer', from: 'parent' }] },
      },
    },
    document: {
      relations: {
        parent: { direct: ['folder'] },
        blocked: { direct: ['user', 'group#member'] },
        editor: { direct: ['user', 'group#member'] },
        signed: { direct: ['user'] },
        can_view: {
          base: { anyOf: [{ relation: 'editor' }, { relation: 'viewer', from: 'parent' }] },
          except: { relation: 'blocked' },
        },
        publish: { allOf: [{ relation: 'editor' }, { relation: 'signed' }] },
      },
    },
  },
}

describe.each(backends)('relations on $name', ({ open }) => {
  let world: World
  let stage: RelationsStage
  const clock = stoppedClock()
  let organizations = 0

  beforeAll(async () => {
    world = await open()
    stage = await openRelations(world, clock)
  })
  afterAll(async () => {
    await stage.stop()
    await world.close()
  })

  const organizationWith = async (lines: readonly string[], model: ModelDocument = MODEL): Promise<string> => {
    const organization = `org_${organizations++}`
    const put = await stage.relations.putModel(model, null, stage.callerOf(organization))
    expect(put).toMatchObject({ ok: true })
    for (let i = 0; i < lines.length; i += 1_000) {
      expect(await stage.write(organization, lines.slice(i, i + 1_000).map(tupleOf))).toMatchObject({ ok: true })
    }
    return organization
  }
  const ask = async (organization: string, text: string, token: string | null = null) => {
    const { object, relation, subject } = tupleOf(text)
    const answer = await stage.relations.check(organization, { object, relation, subject, token })
    return answer.ok ? answer.value.value : answer.problem.code
  }
  const objects = (organization: string, relation: string, who: string, limit = 100) =>
    stage.allPages((cursor) =>
      stage.relations.objects(organization, {
        type: 'document',
        relation,
        subject: subjectOf(who),
        token: null,
        limit,
        cursor,
      }),
    )
  const subjects = (organization: string, of: string, relation: string, limit = 100) =>
    stage.allPages((cursor) =>
      stage.relations.subjects(organization, {
        object: objectOf(of),
        relation,
        subjectType: 'user',
        subjectRelation: '',
        token: null,
        limit,
        cursor,
      }),
    )
  const batch = (more: object) => ({ write: [], remove: [], mustExist: [], mustNotExist: [], ...more })

  it('allow by a path through groups and folders, and not when one is excluded or misses half of an intersection', async () => {
    const organization = await organizationWith([
      'group:all#member@group:eng#member',
      'group:eng#member@user:ada',
      'folder:top#viewer@group:all#member',
      'folder:sub#parent@folder:top',
      'document:1#parent@folder:sub',
      'document:2#parent@folder:sub',
      'document:2#blocked@user:ada',
      'document:1#editor@user:ada',
      'document:3#editor@user:ada',
      'document:3#signed@user:ada',
    ])
    expect(await ask(organization, 'document:1#can_view@user:ada')).toBe(true)
    expect(await ask(organization, 'document:1#can_view@user:bob')).toBe(false)
    expect(await ask(organization, 'document:2#can_view@user:ada')).toBe(false)
    expect(await ask(organization, 'document:1#publish@user:ada')).toBe(false)
    expect(await ask(organization, 'document:3#publish@user:ada')).toBe(true)
    expect(await ask(organization, 'document:1#can_view@group:eng#member')).toBe(true)
    expect(await objects(organization, 'can_view', 'user:ada', 1)).toEqual(['1', '3'])
    expect(await subjects(organization, 'document:1', 'can_view')).toEqual(['ada'])
  })

  it('exclude by a group that was found from the person upwards', async () => {
    const organization = await organizationWith([
      'group:out#member@group:deep#member',
      'group:deep#member@user:eve',
      'document:1#editor@user:eve',
      'document:1#blocked@group:out#member',
    ])
    expect(await ask(organization, 'document:1#can_view@user:eve')).toBe(false)
    expect(await objects(organization, 'can_view', 'user:eve')).toEqual([])
    expect(await subjects(organization, 'document:1', 'can_view')).toEqual([])
  })

  it('end where tuples go in a circle', async () => {
    const organization = await organizationWith([
      'group:a#member@group:b#member',
      'group:b#member@group:c#member',
      'group:c#member@group:a#member',
      'folder:x#parent@folder:y',
      'folder:y#parent@folder:x',
      'folder:x#viewer@group:a#member',
      'group:c#member@user:ada',
    ])
    expect(await ask(organization, 'folder:y#viewer@user:ada')).toBe(true)
    expect(await ask(organization, 'folder:y#viewer@user:bob')).toBe(false)
    expect(await subjects(organization, 'folder:y', 'viewer')).toEqual(['ada'])
  })

  it('hold with ten thousand subjects of one object, ten thousand groups of one object and a person in thousands', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => i)
    const organization = await organizationWith([
      ...many.map((i) => `document:wide#editor@user:u${i}`),
      ...many.map((i) => `document:groups#editor@group:g${i}#member`),
      ...many.slice(0, 6_000).map((i) => `group:g${i}#member@user:busy`),
      'group:g9999#member@user:last',
    ])
    expect(await ask(organization, 'document:wide#editor@user:u9999')).toBe(true)
    expect(await ask(organization, 'document:wide#editor@user:nobody')).toBe(false)
    expect(await ask(organization, 'document:groups#editor@user:last')).toBe(true)
    expect(await ask(organization, 'document:groups#can_view@user:busy')).toBe(true)
    expect(await ask(organization, 'document:wide#can_view@user:busy')).toBe(false)
    expect(await subjects(organization, 'document:wide', 'editor', 1_000)).toHaveLength(10_000)
  }, 120_000)

  it('refuse what is nested deeper than the bound, and never allow it; allow what is found before', async () => {
    const chain = Array.from({ length: 40 }, (_, i) => `folder:f${i}#parent@folder:f${i + 1}`)
    const organization = await organizationWith([...chain, 'folder:f20#viewer@user:near', 'folder:f40#viewer@user:far'])
    expect(await ask(organization, 'folder:f0#viewer@user:near')).toBe(true)
    expect(await ask(organization, 'folder:f0#viewer@user:far')).toBe('RELATIONS_TOO_DEEP')
    expect(await ask(organization, 'folder:f0#viewer@user:nobody')).toBe('RELATIONS_TOO_DEEP')
    expect(await subjects(organization, 'folder:f0', 'viewer')).toBeNull()
  })

  it('refuse what is wider than the bound', async () => {
    const organization = await organizationWith(
      Array.from({ length: 51_000 }, (_, i) => `document:1#parent@folder:f${i}`),
    )
    expect(await ask(organization, 'document:1#can_view@user:ada')).toBe('RELATIONS_TOO_WIDE')
    expect(await subjects(organization, 'document:1', 'can_view')).toBeNull()
  }, 120_000)

  it('read each level by one query, however wide it is', async () => {
    const organization = await organizationWith([
      ...Array.from({ length: 500 }, (_, i) => `document:1#parent@folder:f${i}`),
      ...Array.from({ length: 500 }, (_, i) => `folder:f${i}#parent@folder:g${i}`),
      'folder:g499#viewer@user:ada',
    ])
    const counted = counting(stage.store)
    const relations = createRelations({
      ...stage,
      store: counted.store,
      audit: null as never,
      clock,
      serves: false,
      onError: fail,
    })
    const input = { ...tupleOf('document:1#can_view@user:ada'), token: null }
    expect(await relations.check(organization, input)).toMatchObject({ value: { value: true } })
    counted.reset()
    expect(await relations.check(organization, input)).toMatchObject({ value: { value: true } })
    // Three levels, and the model once more where word of its change came just now.
    expect(counted.queries()).toBeLessThanOrEqual(4)
    await relations.stop()
  })

  it('let everybody in where a tuple says so, but nobody by calling themselves *', async () => {
    const organization = await organizationWith(['folder:open#viewer@user:*', 'document:1#parent@folder:open'])
    expect(await ask(organization, 'document:1#can_view@user:anybody')).toBe(true)
    expect(await ask(organization, 'document:1#can_view@group:x#member')).toBe(false)
    const question = (id: string) => ({
      principal: { type: 'user', id, roles: [], permissions: [], properties: {} },
      action: 'view',
      resource: { type: 'document', id: '1', properties: {} },
      context: {},
    })
    expect(await stage.relations.answer(organization, question('ada'))).toEqual({
      outcome: 'allow',
      because: ['document:1#can_view@user:ada'],
    })
    expect(await stage.relations.answer(organization, question('*'))).toEqual({ outcome: 'none', because: [] })
    const unknown = { ...question('ada'), action: 'burn' }
    expect(await stage.relations.answer(organization, unknown)).toEqual({ outcome: 'none', because: [] })
    expect(await stage.relations.answer('org_other', question('ada'))).toEqual({ outcome: 'none', because: [] })
  })

  it('keep organizations apart', async () => {
    const one = await organizationWith(['document:1#editor@user:ada'])
    const other = await organizationWith([])
    expect(await ask(one, 'document:1#editor@user:ada')).toBe(true)
    expect(await ask(other, 'document:1#editor@user:ada')).toBe(false)
    expect(await objects(other, 'editor', 'user:ada')).toEqual([])
    const token = stage.relations.tokenOf(one, 1)
    expect(await ask(other, 'document:1#editor@user:ada', token)).toBe('RELATION_TOKEN_UNKNOWN')
  })

  it('count a tuple no longer once it ended', async () => {
    const organization = await organizationWith([])
    const expiresAt = clock.now() + 1_000
    await stage.write(organization, [{ ...tupleOf('document:1#editor@user:ada'), expiresAt }])
    expect(await ask(organization, 'document:1#editor@user:ada')).toBe(true)
    clock.pass(1_000)
    expect(await ask(organization, 'document:1#editor@user:ada')).toBe(false)
    expect(await objects(organization, 'editor', 'user:ada')).toEqual([])
    expect(await subjects(organization, 'document:1', 'editor')).toEqual([])
    const past = await stage.write(organization, [{ ...tupleOf('document:1#editor@user:ada'), expiresAt: 1 }])
    expect(past).toMatchObject({ problem: { code: 'RELATION_TUPLES_INVALID' } })
  })

  it('write a batch whole or not at all, by preconditions that many cannot win at once', async () => {
    const organization = await organizationWith(['document:1#editor@user:ada'])
    const caller = stage.callerOf(organization)
    const lost = await stage.relations.write(
      batch({ write: [tupleOf('document:2#editor@user:ada')], mustExist: [tupleOf('document:9#editor@user:ada')] }),
      caller,
    )
    expect(lost).toMatchObject({ problem: { code: 'RELATION_PRECONDITION_FAILED' } })
    expect(await ask(organization, 'document:2#editor@user:ada')).toBe(false)
    const owners = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        stage.relations.write(
          batch({
            write: [tupleOf(`document:1#signed@user:u${i}`), tupleOf('document:1#signed@user:taken')],
            mustNotExist: [tupleOf('document:1#signed@user:taken')],
          }),
          caller,
        ),
      ),
    )
    expect(owners.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await subjects(organization, 'document:1', 'signed')).toHaveLength(2)
  })

  it('refuse tuples that the model does not allow or that are named twice', async () => {
    const organization = await organizationWith([])
    for (const text of [
      'document:1#burn@user:ada',
      'image:1#editor@user:ada',
      'document:1#editor@user:*',
      'document:1#can_view@user:ada',
      'document:1#editor@folder:1',
    ]) {
      expect(await stage.write(organization, [tupleOf(text)])).toMatchObject({
        problem: { code: 'RELATION_TUPLES_INVALID' },
      })
    }
    const twice = tupleOf('document:1#editor@user:ada')
    expect(await stage.write(organization, [twice, twice])).toMatchObject({
      problem: { code: 'RELATION_TUPLES_INVALID' },
    })
  })

  it('never answer older than the token of a write, nor with a token of a write that is not there', async () => {
    const organization = await organizationWith([])
    const other = await openRelations(world, clock)
    const input = { ...tupleOf('document:1#can_view@user:ada'), token: null }
    expect(await other.relations.check(organization, input)).toMatchObject({ value: { value: false } })
    const next: ModelDocument = {
      types: { user: {}, document: { relations: { can_view: { direct: ['user'] } } } },
    }
    await stage.relations.putModel(next, 1, stage.callerOf(organization))
    const written = await stage.write(organization, [tupleOf('document:1#can_view@user:ada')])
    if (!written.ok) throw new Error(written.problem.code)
    const token = stage.relations.tokenOf(organization, written.value.revision)
    // The other process has the old model in memory.
    expect(await other.relations.check(organization, { ...input, token })).toMatchObject({ value: { value: true } })
    const ahead = stage.relations.tokenOf(organization, written.value.revision + 1)
    expect(await ask(organization, 'document:1#can_view@user:ada', ahead)).toBe('RELATION_TOKEN_AHEAD')
    await other.stop()
  })

  it('answer as of one moment while others write', async () => {
    const organization = await organizationWith(['document:1#editor@user:ada', 'document:1#blocked@user:ada'])
    const caller = stage.callerOf(organization)
    const [editor, blocked] = [tupleOf('document:1#editor@user:ada'), tupleOf('document:1#blocked@user:ada')]
    const writing = (async () => {
      // At every moment she is blocked or no editor.
      for (let i = 0; i < 15; i++) {
        await stage.relations.write(batch({ remove: [editor] }), caller)
        await stage.relations.write(batch({ remove: [blocked] }), caller)
        await stage.relations.write(batch({ write: [blocked] }), caller)
        await stage.relations.write(batch({ write: [editor] }), caller)
      }
    })()
    let done = false
    void writing.finally(() => {
      done = true
    })
    while (!done) {
      expect(await ask(organization, 'document:1#can_view@user:ada')).toBe(false)
      // On SQLite a check never waits, and so would never let a writer on.
      await nextTurn()
    }
    await writing
  })

  it('list exactly what a check allows, whatever the tuples', async () => {
    const ids = ['a', 'b', 'c']
    const [users, groups, folders, documents] = ['user', 'group', 'folder', 'document'].map((type) =>
      ids.map((id) => `${type}:${id}`),
    )
    const who = [...(users ?? []), ...(groups ?? []).map((it) => `${it}#member`)]
    const lines = [
      ...(groups ?? []).flatMap((it) => who.map((subject) => `${it}#member@${subject}`)),
      ...(folders ?? []).flatMap((it) => [...who, 'user:*'].map((subject) => `${it}#viewer@${subject}`)),
      ...(folders ?? []).flatMap((it) => (folders ?? []).map((parent) => `${it}#parent@${parent}`)),
      ...(documents ?? []).flatMap((it) => (folders ?? []).map((parent) => `${it}#parent@${parent}`)),
      ...(documents ?? []).flatMap((it) =>
        who.flatMap((subject) => [`${it}#editor@${subject}`, `${it}#blocked@${subject}`]),
      ),
    ]
    await fc.assert(
      fc.asyncProperty(fc.subarray(lines, { maxLength: 16 }), async (some) => {
        const organization = await organizationWith(some)
        for (const user of ids) {
          const held = new Set(await objects(organization, 'can_view', `user:${user}`, 2))
          for (const document of ids) {
            const allowed = await ask(organization, `document:${document}#can_view@user:${user}`)
            const listed = new Set(await subjects(organization, `document:${document}`, 'can_view', 2))
            expect(held.has(document)).toBe(allowed)
            // Who is there as one of everybody need not be named.
            if (!listed.has('*')) expect(listed.has(user)).toBe(allowed)
          }
        }
      }),
      { numRuns: 15 },
    )
  }, 120_000)

  it('show of whom a relation is made', async () => {
    const organization = await organizationWith(['document:1#editor@user:ada', 'document:1#editor@group:eng#member'])
    const place = { object: objectOf('document:1'), token: null }
    expect(await stage.relations.expand(organization, { ...place, relation: 'editor' })).toMatchObject({
      value: { value: { anyOf: [{ subjects: ['user:ada'] }, { userset: 'group:eng#member' }] } },
    })
    expect(await stage.relations.expand(organization, { ...place, relation: 'publish' })).toMatchObject({
      value: { value: { allOf: [{ userset: 'document:1#editor' }, { userset: 'document:1#signed' }] } },
    })
  })

  it('tell what was written in bounded events', async () => {
    const organization = await organizationWith(Array.from({ length: 30 }, (_, i) => `document:${i}#editor@user:ada`))
    const event = stage.events.find((it) => it.resource === organization && it.type === 'relation.written')
    expect(event?.details).toMatchObject({ count: 30 })
    expect(String(event?.details?.tuples).split(' ')).toHaveLength(10)
  })

  type Counting = { readonly store: Store; readonly queries: () => number; readonly reset: () => void }

  function counting(store: Store): Counting {
    let queries = 0
    const tables = <T>() =>
      store.tables<T>().withPlugin({
        transformQuery: ({ node }) => {
          queries += 1
          return node
        },
        transformResult: async ({ result }) => result,
      })
    const reset = () => {
      queries = 0
    }
    return { store: { ...store, tables }, queries: () => queries, reset }
  }
})

function tupleOf(text: string): Tuple {
  const [of = '', who = ''] = text.split('@')
  const [object = '', relation = ''] = of.split('#')
  return { object: objectOf(object), relation, subject: subjectOf(who), expiresAt: null }
}

function objectOf(text: string) {
  const read = readObject(text)
  if ('fault' in read) throw new Error(read.fault)
  return read.value
}

function subjectOf(text: string) {
  const read = readSubject(text)
  if ('fault' in read) throw new Error(read.fault)
  return read.value
}

function fail(error: unknown): never {
  throw error
}
