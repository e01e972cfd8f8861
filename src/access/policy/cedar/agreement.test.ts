import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../decision/question.ts'
import { compilePolicies } from './compile/compile.ts'
import { findFaults } from './faults.ts'
import { createJudge } from './judge.ts'
import { loadCedar } from './library.ts'
import type { Entity, EntityUid, PolicyRequest } from './request.ts'
import { isSameAnswer } from './shadow.ts'
import { atOnce } from './turns.ts'

// Few names, so that what is generated often means the same thing.
const NAMES = ['a', 'b', 'c'] as const
const name = fc.constantFrom(...NAMES)
const type = fc.constantFrom('User', 'Team', 'N::Doc')
const uid: fc.Arbitrary<EntityUid> = fc.record({ type, id: name })
const action: fc.Arbitrary<EntityUid> = fc.record({ type: fc.constant('Action'), id: name })
const long = fc.constantFrom('0', '1', '-1', '2', '9007199254740993', '9223372036854775807', '-9223372036854775808')
const text = fc.constantFrom('', 'a', 'ab', 'a*b', 'é😀', '__proto__')
const extension = fc.constantFrom(
  ...['1.0', '1.5', '-0.0001', '1', '922337203685477.5808'].map((it) => ['decimal', it] as const),
  ...['10.0.0.1', '10.0.0.0/8', '::1', 'ff02::1/16', '::ffff:1.2.3.4', '10.0.0.01'].map((it) => ['ip', it] as const),
  ...['2024-02-29', '1969-12-31T23:59:59.999Z', '2024-01-01T00:00:00+2359', '2023-02-29'].map(
    (it) => ['datetime', it] as const,
  ),
  ...['1d', '-36h', '9223372036854775807ms', '1h1d', '106751991168d'].map((it) => ['duration', it] as const),
)

const nameOf = (it: EntityUid) => `${it.type}::${JSON.stringify(it.id)}`
const operator = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '&&', '||', '+', '-', '*', 'in')
const method = fc.constantFrom(
  'contains',
  'containsAll',
  'containsAny',
  'getTag',
  'hasTag',
  'lessThan',
  'isInRange',
  'offset',
  'durationSince',
)
const question = fc.constantFrom(
  'isEmpty',
  'isIpv4',
  'isLoopback',
  'isMulticast',
  'toDate',
  'toTime',
  'toDays',
  'toSeconds',
)
const pattern = fc.constantFrom('*', 'a*', '*b', 'a\\\\*b', '*a*', '')

const { condition } = fc.letrec<{ leaf: string; expression: string; condition: string }>((tie) => ({
  leaf: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('principal', 'action', 'resource', 'context', 'true', 'false') },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom('principal', 'resource', 'context'), name)
        .map(([it, attr]) => `${it}.${attr}`),
    },
    long.map((it) => (it.startsWith('-') ? `(${it})` : it)),
    text.map((it) => JSON.stringify(it)),
    uid.map(nameOf),
    extension.map(([fn, it]) => `${fn}(${JSON.stringify(it)})`),
  ),
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: tie('leaf') },
    {
      weight: 5,
      arbitrary: fc.tuple(tie('expression'), operator, tie('expression')).map(([l, op, r]) => `((${l}) ${op} (${r}))`),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('expression'), method, tie('expression')).map(([l, fn, r]) => `(${l}).${fn}(${r})`),
    },
    fc.tuple(tie('expression'), question).map(([it, fn]) => `(${it}).${fn}()`),
    fc.tuple(tie('expression'), name).map(([it, attr]) => `(${it}).${attr}`),
    fc.tuple(tie('expression'), name, name).map(([it, one, two]) => `((${it}) has ${one}.${two})`),
    fc
      .tuple(tie('expression'), fc.oneof(name, fc.constant('"__proto__"')))
      .map(([it, attr]) => `((${it}) has ${attr})`),
    fc.tuple(tie('expression'), pattern).map(([it, like]) => `((${it}) like "${like}")`),
    fc.tuple(tie('expression'), type).map(([it, is]) => `((${it}) is ${is})`),
    fc.tuple(tie('expression'), type, tie('expression')).map(([it, is, above]) => `((${it}) is ${is} in (${above}))`),
    fc.tuple(fc.constantFrom('!', '-'), tie('expression')).map(([sign, it]) => `(${sign}(${it}))`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([it, yes, no]) => `(if ${it} then ${yes} else ${no})`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.tuple(name, tie('expression')).map(([key, it]) => `{ ${key}: ${it} }`),
  ),
  condition: fc.oneof(
    tie('expression'),
    fc
      .tuple(tie('expression'), fc.constantFrom('==', '!=', 'in'), tie('expression'))
      .map(([l, op, r]) => `(${l}) ${op} (${r})`),
  ),
}))

const scope = (variable: string) =>
  fc.oneof(
    fc.constant(variable),
    uid.map((it) => `${variable} == ${nameOf(it)}`),
    uid.map((it) => `${variable} in ${nameOf(it)}`),
    type.map((it) => `${variable} is ${it}`),
    fc.tuple(type, uid).map(([is, it]) => `${variable} is ${is} in ${nameOf(it)}`),
  )
const actionScope = fc.oneof(
  fc.constant('action'),
  action.map((it) => `action == ${nameOf(it)}`),
  fc.array(action, { maxLength: 2 }).map((some) => `action in [${some.map(nameOf).join()}]`),
)
const policy = fc
  .record({
    effect: fc.constantFrom('permit', 'permit', 'forbid'),
    head: fc.tuple(scope('principal'), actionScope, scope('resource')),
    clauses: fc.array(fc.tuple(fc.constantFrom('when', 'unless'), condition), { maxLength: 2 }),
  })
  .map(
    ({ effect, head, clauses }) =>
      `${effect}(${head.join()})${clauses.map(([kind, it]) => ` ${kind} { ${it} }`).join('')};`,
  )

const readable = extension.filter(
  ([, it]) =>
    !['1', '922337203685477.5808', '::ffff:1.2.3.4', '10.0.0.01', '2023-02-29', '1h1d', '106751991168d'].includes(it),
)
const odd = fc.constantFrom<Json>(
  null,
  1.5,
  2 ** 53,
  { __extn: { fn: 'ip', arg: '10.0.0.01' } },
  { __entity: { type: 'is', id: 'a' } },
)
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    { weight: 30, arbitrary: fc.constantFrom(true, false, 0, 1, -1, 2) },
    { weight: 15, arbitrary: text },
    { weight: 15, arbitrary: uid.map((it) => ({ __entity: it })) },
    { weight: 15, arbitrary: readable.map(([fn, arg]) => ({ __extn: { fn, arg } })) },
    { weight: 15, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 15, arbitrary: fc.dictionary(name, tie('value'), { maxKeys: 2 }) },
    { weight: 1, arbitrary: odd },
  ),
})).value
const properties = fc.dictionary(fc.oneof(name, fc.constant('__proto__')), json, { maxKeys: 3 })
// Users are in teams and teams in documents, and seldom anything in anything, in circles, too.
const ABOVE: Readonly<Record<string, string>> = { User: 'Team', Team: 'N::Doc', Action: 'Action' }
const entity: fc.Arbitrary<Entity> = fc
  .record({
    uid: fc.oneof({ weight: 4, arbitrary: uid }, { weight: 1, arbitrary: action }),
    above: fc.array(name, { maxLength: 2 }),
    strange: fc.oneof(
      { weight: 20, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(uid, { maxLength: 1 }) },
    ),
    attrs: properties,
    tags: properties,
  })
  .map(({ uid: of, above, strange, attrs, tags }) => {
    const over = ABOVE[of.type]
    const ids = of.type === 'Action' ? above.filter((id) => id > of.id) : above
    const parents = over === undefined ? [] : ids.map((id) => ({ type: over, id }))
    return { uid: of, attrs, tags, parents: [...parents, ...strange] }
  })
const slice = fc.uniqueArray(entity, { maxLength: 5, selector: ({ uid: { type, id } }) => `${type} ${id}` })
const request: fc.Arbitrary<PolicyRequest> = fc.record({ principal: uid, action, resource: uid, context: properties })

describe('compiled policies', () => {
  it('answer what Cedar answers, or leave it to Cedar', { timeout: 120_000 }, () => {
    const counts = { asked: 0, compiled: 0, allowed: 0, failed: 0 }
    const asks = fc.array(fc.tuple(request, slice), { minLength: 8, maxLength: 8 })
    const property = fc.property(fc.array(policy, { minLength: 1, maxLength: 20 }), asks, (texts, questions) => {
      const source = { policies: texts.map((it, i) => ({ id: `p${i}`, text: it })) }
      fc.pre(atOnce(findFaults(loadCedar(), source)).length === 0)
      const [compiled, judge] = [atOnce(compilePolicies(loadCedar(), source)), createJudge(loadCedar(), source)]
      for (const [asked, entities] of questions) {
        counts.asked += 1
        const answer = compiled.unknown.length > 0 ? null : compiled.decide(asked, entities)
        if (answer === null) continue
        const judged = judge(asked, entities)
        counts.compiled += 1
        if (judged.decision === 'allow') counts.allowed += 1
        if (judged.errors.length > 0) counts.failed += 1
        if (!isSameAnswer(answer, judged))
          throw new Error(`${JSON.stringify(answer)}, but Cedar ${JSON.stringify(judged)}`)
      }
    })
    fc.assert(property, { numRuns: 100 })
    console.info('Generated requests, compiled and judged alike:', counts)
    expect(counts.compiled).toBeGreaterThan(counts.asked / 3)
  })
})
