import type { TSchema } from 'typebox'
import { Type } from '../../core/index.ts'
import { Nullable, Time, withExample } from '../../http/index.ts'
import { MODEL_BOUNDS, NAME_PATTERN } from './model.ts'

const LONGEST_REF = 1024

const Ref = (description: string) => Type.String({ minLength: 3, maxLength: LONGEST_REF, description })
const ObjectText = Ref('`type:id`. A `:`, `#`, `@` or `\\` inside the id is written behind a `\\`.')
const SubjectText = Ref('`type:id`, `type:id#relation` for all who have it, or `type:*` for everybody of the type.')
const NAME = { minLength: 1, maxLength: 64, pattern: NAME_PATTERN }
const Name = Type.String(NAME)
const named = (description: string) => Type.String({ ...NAME, description })
const Token = Type.String({
  maxLength: 64,
  pattern: '^rev_\\d{1,15}_[A-Za-z0-9_-]{8}$',
  description: 'The `token` of a write: the answer is no older than that write.',
})
const TokenOut = Type.String({ description: 'Send it with a question, and the answer is no older than this.' })
const Cursor = Type.String({
  minLength: 1,
  maxLength: 8192,
  pattern: '^[A-Za-z0-9_-]+$',
  description: 'The `nextCursor` of the page before.',
})
const Limit = Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'How many in a page.' })

const key = { object: ObjectText, relation: Name, subject: SubjectText }
const KeyBody = Type.Object(key, { additionalProperties: false })
const TupleBody = Type.Object({ ...key, expiresAt: Type.Optional(Nullable(Time)) }, { additionalProperties: false })

const tuple = { object: 'document:42', relation: 'viewer', subject: 'group:eng#member' }
const token = 'rev_7_3q2c9tYk'

function some<T extends TSchema>(item: T, most: number, description: string) {
  return Type.Optional(Type.Array(item, { maxItems: most, description }))
}

export const WriteBody = withExample(
  Type.Object(
    {
      write: some(TupleBody, 500, 'Tuples to write. One that is there gets the new end.'),
      remove: some(KeyBody, 500, 'Tuples to remove. One that is not there is no fault.'),
      mustExist: some(KeyBody, 50, 'Nothing is done unless all of these are there.'),
      mustNotExist: some(KeyBody, 50, 'Nothing is done if one of these is there.'),
    },
    { additionalProperties: false, minProperties: 1 },
  ),
  { write: [tuple], mustExist: [{ object: 'group:eng', relation: 'member', subject: 'user:ada' }] },
)

export const WrittenBody = withExample(
  Type.Object({ written: Type.Integer(), removed: Type.Integer(), token: TokenOut }),
  { written: 1, removed: 0, token },
)

export const TuplePageQuery = Type.Object(
  {
    objectType: Type.Optional(named('Only tuples on objects of this type.')),
    object: Type.Optional(ObjectText),
    relation: Type.Optional(named('Only tuples of this relation.')),
    subjectType: Type.Optional(named('Only tuples that name subjects of this type.')),
    subject: Type.Optional(SubjectText),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)

export const TuplePageBody = withExample(
  Type.Object({
    items: Type.Array(Type.Object({ ...key, expiresAt: Nullable(Type.String()) })),
    nextCursor: Nullable(Type.String()),
  }),
  { items: [{ ...tuple, expiresAt: null }], nextCursor: null },
)

const model = {
  types: {
    user: {},
    group: { relations: { member: { direct: ['user', 'group#member'] } } },
    document: {
      relations: {
        owner: { direct: ['user'] },
        viewer: { anyOf: [{ direct: ['user', 'group#member', 'user:*'] }, { relation: 'owner' }] },
      },
    },
  },
}

const Types = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  maxProperties: MODEL_BOUNDS.types,
  additionalProperties: true,
  description:
    'Each type with its `relations`. Each of those is one of `{direct: [subject, …]}`, `{relation}`, `{relation, from}`, `{anyOf: […]}`, `{allOf: […]}`, `{base, except}`.',
})

export const ModelBody = withExample(Type.Object({ types: Types }, { additionalProperties: false }), model)

export const StoredModelBody = withExample(
  Type.Object({
    types: Types,
    version: Type.Integer(),
    changedAt: Type.String(),
    changedBy: Type.String(),
    token: TokenOut,
  }),
  {
    ...model,
    version: 1,
    changedAt: '2026-11-21T10:00:00.000Z',
    changedBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
    token,
  },
)

const asked = { token: Type.Optional(Token) }

export const CheckBody = withExample(Type.Object({ ...key, ...asked }, { additionalProperties: false }), {
  ...tuple,
  subject: 'user:ada',
  token,
})
export const CheckedBody = withExample(Type.Object({ allowed: Type.Boolean(), token: TokenOut }), {
  allowed: true,
  token,
})

export const ExpandBody = withExample(
  Type.Object({ object: ObjectText, relation: Name, ...asked }, { additionalProperties: false }),
  { object: 'document:42', relation: 'viewer' },
)
export const ExpandedBody = withExample(
  Type.Object({
    tree: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description:
        'One of `{subjects, more}`, `{userset}`, `{anyOf}`, `{allOf}`, `{base, except}`. A userset can be expanded in turn.',
    }),
    token: TokenOut,
  }),
  {
    tree: { anyOf: [{ subjects: ['user:ada'], more: false }, { userset: 'group:eng#member' }] },
    token,
  },
)

const paged = { limit: Type.Optional(Limit), cursor: Type.Optional(Cursor), ...asked }

export const ObjectsBody = withExample(
  Type.Object({ type: Name, relation: Name, subject: SubjectText, ...paged }, { additionalProperties: false }),
  { type: 'document', relation: 'viewer', subject: 'user:ada' },
)
export const SubjectsBody = withExample(
  Type.Object(
    { object: ObjectText, relation: Name, type: Name, subjectRelation: Type.Optional(Name), ...paged },
    { additionalProperties: false },
  ),
  { object: 'document:42', relation: 'viewer', type: 'user' },
)
export const NamesBody = (example: string) =>
  withExample(
    Type.Object({
      items: Type.Array(Type.String()),
      nextCursor: Nullable(Type.String({ description: 'A page may be short and still not be the last.' })),
      token: TokenOut,
    }),
    { items: [example], nextCursor: null, token },
  )
