import { globSync, readFileSync } from 'node:fs'
import { Type as TypeBox } from 'typebox'
import { expect, it } from 'vitest'
import { Type } from './schema.ts'

/** The same schemas by either maker. */
const made = ({ Type: T }: { Type: typeof Type }) => [
  T.Object({ a: T.String({ minLength: 1 }), b: T.Optional(T.Integer()) }, { additionalProperties: false }),
  T.Object({ a: T.Optional(T.Optional(T.Boolean({ description: 'either' }))) }),
  T.Object({}),
  T.Object({ a: T.With(T.Optional(T.String()), { examples: ['kept'] }), b: T.With(T.Number(), { minimum: 1 }) }),
  T.Object({ a: T.Unsafe<'x'>({ type: 'string', enum: ['x'] }), b: T.Unsafe<string>(T.Optional(T.String())) }),
  T.Object(T.Partial(T.Object({ a: T.String(), b: T.Array(T.Null(), { maxItems: 3 }) })).properties),
  T.Partial(T.Object({ a: T.String() }, { additionalProperties: false }), { title: 'changes' }),
  T.Union([T.String(), T.Null()], { description: 'or nothing' }),
  T.Enum(['a', 'b'], { type: 'string' }),
  [T.Literal('a', { title: 'a' }), T.Literal(4), T.Literal(true)],
  T.Record(T.String(), T.Unknown(), { maxProperties: 4 }),
  T.Record(T.String({ pattern: '^a$' }), T.Integer()),
  T.Ref('Problem', { description: 'elsewhere' }),
]

it('schemas are the ones that TypeBox makes, to the order of their keywords', () => {
  expect(JSON.stringify(made({ Type }))).toBe(JSON.stringify(made({ Type: TypeBox as unknown as typeof Type })))
})

it('a schema that is made optional stays required where it stood before', () => {
  const name = Type.String()
  const both = Type.Object({ before: name, after: Type.Optional(name) })
  expect(both).toMatchObject({ required: ['before'] })
})

it('no source loads all of TypeBox to write a schema', () => {
  const root = new URL('../', import.meta.url)
  const sources = globSync('**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const loads = /^import (?!type )[^'\n]* from 'typebox'/m
  expect(sources.length).toBeGreaterThan(100)
  expect(sources.filter((file) => loads.test(readFileSync(new URL(file, root), 'utf8')))).toEqual([])
})
