import type { Static } from 'typebox'
import { idPattern, Type } from '../../core/index.ts'
import { Nullable, Prose, Text, withExample } from '../../http/index.ts'
import type { Json } from '../decision/question.ts'
import { EXPECTED, MOST } from './policy.ts'

const MADE_AT = '2026-11-21T10:00:00.000Z'
const PERSON = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'
const POLICY = 'pol_1hq3v0c9kd5m7w2x8p4t6r1a'
const TEXT = 'permit (principal in Role::"editor", action == Action::"update", resource is Order);'

export const PolicyId = Type.String({ pattern: idPattern('pol'), examples: [POLICY] })
const Properties = Type.Unsafe<{ readonly [name: string]: Json }>({ type: 'object', maxProperties: 100 })
const Kind = Type.String({ minLength: 1, maxLength: 64 })
const strict = { additionalProperties: false }

const Example = Type.Object(
  {
    name: Text(1, 100),
    principal: Type.Object(
      {
        type: Kind,
        id: Type.String({ minLength: 1, maxLength: 256 }),
        roles: Type.Optional(Type.Array(Kind, { maxItems: 50 })),
        properties: Type.Optional(Properties),
      },
      strict,
    ),
    action: Type.String({ minLength: 1, maxLength: 128 }),
    resource: Type.Object(
      { type: Kind, id: Type.Optional(Type.String({ maxLength: 256 })), properties: Type.Optional(Properties) },
      strict,
    ),
    context: Type.Optional(Properties),
    expect: Type.Unsafe<(typeof EXPECTED)[number]>({
      type: 'string',
      enum: [...EXPECTED],
      description: '`none` where no policy says anything.',
    }),
  },
  strict,
)
export type ExampleBody = Static<typeof Example>

const fields = {
  name: Type.String({
    minLength: 1,
    maxLength: 64,
    pattern: '^[a-z0-9][a-z0-9-]*$',
    description: 'By which decisions name it: small letters, digits and hyphens.',
  }),
  description: Prose(0, 1000),
  text: Type.String({ minLength: 1, maxLength: 32_768, description: 'One policy in Cedar’s language.' }),
  enabled: Type.Boolean(),
  examples: Type.Array(Example, {
    maxItems: MOST.examples,
    description: 'Asked on every save; one that is answered otherwise refuses it.',
  }),
}

const example = {
  name: 'editors-update',
  description: '',
  text: TEXT,
  enabled: true,
  examples: [
    {
      name: 'an editor may',
      principal: { type: 'user', id: 'ada', roles: ['editor'] },
      action: 'update',
      resource: { type: 'order', id: '42' },
      expect: 'allow' as const,
    },
  ],
}
const stamp = { changedAt: MADE_AT, changedBy: PERSON, version: 1 }

const written = {
  name: fields.name,
  text: fields.text,
  description: Type.Optional(fields.description),
  enabled: Type.Optional(fields.enabled),
  examples: Type.Optional(fields.examples),
}
export const NewPolicyBody = withExample(Type.Object(written, strict), example)
export type NewPolicyBody = Static<typeof NewPolicyBody>

const changeable = Type.Partial(Type.Object(fields)).properties
export const ChangePolicyBody = withExample(Type.Object(changeable, strict), { enabled: false })
export type ChangePolicyBody = Static<typeof ChangePolicyBody>

const Stamp = { version: Type.Integer(), changedAt: Type.String(), changedBy: Type.String() }
export const PolicyBody = withExample(
  Type.Object({
    id: Type.String(),
    organization: Type.String(),
    ...fields,
    createdAt: Type.String(),
    createdBy: Type.String(),
    ...Stamp,
  }),
  { id: POLICY, organization: 'org_default', ...example, createdAt: MADE_AT, createdBy: PERSON, ...stamp },
)
export type PolicyBody = Static<typeof PolicyBody>

export const VersionsBody = withExample(
  Type.Object({ items: Type.Array(Type.Object({ ...fields, ...Stamp })), nextCursor: Type.Null() }),
  { items: [{ ...example, ...stamp }], nextCursor: null },
)

export const RollBackBody = withExample(Type.Object({ version: Type.Integer({ minimum: 1 }) }, strict), { version: 1 })

export const SchemaBody = withExample(
  Type.Object({
    added: Nullable(
      Type.String({ description: 'What the organization declares; null where policies are held against nothing.' }),
    ),
    whole: Type.String({ description: 'With what is generated from our own entities.' }),
    version: Type.Integer(),
  }),
  { added: null, whole: 'entity Role;', version: 0 },
)
export const ChangeSchemaBody = withExample(
  Type.Object({ added: Nullable(Type.String({ maxLength: 131_072 })) }, strict),
  { added: 'entity Order;\naction update appliesTo { principal: [User], resource: [Order], context: Context };' },
)

export const DryRunAsked = withExample(
  Type.Object(
    {
      id: Type.Optional(PolicyId),
      remove: Type.Optional(Type.Boolean({ description: 'Tries what would be without the policy of this id.' })),
      policy: Type.Optional(Type.Object(changeable, strict)),
    },
    strict,
  ),
  { id: POLICY, policy: { text: TEXT } },
)
export type DryRunAsked = Static<typeof DryRunAsked>

export const DryRunBody = withExample(
  Type.Object({
    asked: Type.Integer({ description: 'Recorded questions that were asked once more.' }),
    changed: Type.Integer({ description: 'How many of them would be decided otherwise than now.' }),
    examples: Type.Array(
      Type.Object({
        principal: Type.String(),
        action: Type.String(),
        resource: Type.String(),
        allowedNow: Type.Boolean(),
        allowedThen: Type.Boolean(),
        because: Type.Array(Type.String()),
      }),
    ),
  }),
  {
    asked: 2310,
    changed: 14,
    examples: [
      {
        principal: 'user:ada',
        action: 'update',
        resource: 'order:42',
        allowedNow: false,
        allowedThen: true,
        because: ['editors-update'],
      },
    ],
  },
)
