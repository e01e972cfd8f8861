import { Type } from '../../core/index.ts'
import { withExample } from '../../http/index.ts'

// Open on purpose: whatever AuthZEN does not know is ignored, and each item of a batch is read by itself.
const Part = Type.Record(Type.String(), Type.Unknown())
const Properties = Type.Optional(Type.Record(Type.String(), Type.Unknown()))
const Thing = Type.Object({ type: Type.String(), id: Type.String(), properties: Properties })
const Kind = Type.Object({ type: Type.String() })
const Action = Type.Object({ name: Type.String(), properties: Properties })
const Context = Type.Optional(Part)
const PageAsked = Type.Optional(Part)

const alice = { type: 'user', id: 'alice' }
const read = { name: 'read' }
const order = { type: 'order', id: '42' }

export const EvaluationAsked = withExample(
  Type.Object({ subject: Thing, action: Action, resource: Thing, context: Context }),
  { subject: alice, action: read, resource: order },
)

export const EvaluationAnswer = withExample(Type.Object({ decision: Type.Boolean() }), { decision: true })

export const EvaluationsAsked = withExample(
  Type.Object({
    subject: Type.Optional(Part),
    action: Type.Optional(Part),
    resource: Type.Optional(Part),
    context: Context,
    evaluations: Type.Optional(
      Type.Unknown({ description: 'Up to 500 questions; what one leaves out stands beside.' }),
    ),
    options: Type.Optional(
      Type.Unknown({
        description: '`evaluations_semantic`: execute_all, deny_on_first_deny or permit_on_first_permit.',
      }),
    ),
  }),
  { subject: alice, action: read, evaluations: [{ resource: order }, { resource: { type: 'order', id: '43' } }] },
)

export const EvaluationsAnswer = withExample(
  Type.Object({
    decision: Type.Optional(Type.Boolean({ description: 'Where there were no `evaluations`.' })),
    evaluations: Type.Optional(Type.Array(Type.Object({ decision: Type.Boolean(), context: Type.Optional(Part) }))),
  }),
  { evaluations: [{ decision: true }, { decision: false }] },
)

export const SubjectSearch = withExample(
  Type.Object({ subject: Kind, action: Action, resource: Thing, context: Context, page: PageAsked }),
  { subject: { type: 'user' }, action: read, resource: order },
)
export const ResourceSearch = withExample(
  Type.Object({ subject: Thing, action: Action, resource: Kind, context: Context, page: PageAsked }),
  { subject: alice, action: read, resource: { type: 'order' } },
)
export const ActionSearch = withExample(
  Type.Object({ subject: Thing, resource: Thing, context: Context, page: PageAsked }),
  { subject: alice, resource: order },
)

const Next = Type.Object({ next_token: Type.String({ description: 'Empty at the end.' }) })

export const ThingsFound = withExample(
  Type.Object({ results: Type.Array(Type.Object({ type: Type.String(), id: Type.String() })), page: Next }),
  { results: [alice], page: { next_token: '' } },
)
export const ActionsFound = withExample(
  Type.Object({ results: Type.Array(Type.Object({ name: Type.String() })), page: Next }),
  { results: [read], page: { next_token: '' } },
)

export const Metadata = withExample(
  Type.Object({
    policy_decision_point: Type.String(),
    access_evaluation_endpoint: Type.String(),
    access_evaluations_endpoint: Type.String(),
    search_subject_endpoint: Type.String(),
    search_resource_endpoint: Type.String(),
    search_action_endpoint: Type.String(),
    signed_metadata: Type.String({
      description: 'The same as a JWT, verified with `/oauth/jwks` (AuthZEN 1.0, section 9).',
    }),
  }),
  {
    policy_decision_point: 'https://gate.example.com',
    access_evaluation_endpoint: 'https://gate.example.com/access/v1/evaluation',
    access_evaluations_endpoint: 'https://gate.example.com/access/v1/evaluations',
    search_subject_endpoint: 'https://gate.example.com/access/v1/search/subject',
    search_resource_endpoint: 'https://gate.example.com/access/v1/search/resource',
    search_action_endpoint: 'https://gate.example.com/access/v1/search/action',
    signed_metadata: 'eyJ…',
  },
)

const Answered = Type.Object({
  outcome: Type.String({ description: '`allow`, `deny` or `none`.' }),
  because: Type.Array(Type.String()),
})
export const Explanation = withExample(
  Type.Object({
    allowed: Type.Boolean(),
    decidedBy: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    because: Type.Array(Type.String()),
    parts: Type.Array(Type.Object({ part: Type.String(), rule: Type.String(), answer: Answered })),
    principal: Type.Object({ roles: Type.Array(Type.String()), permissions: Type.Array(Type.String()) }),
  }),
  {
    allowed: true,
    decidedBy: 'permission',
    because: ['order:read'],
    parts: [
      {
        part: 'permission',
        rule: 'A permission that is held allows.',
        answer: { outcome: 'allow', because: ['order:read'] },
      },
    ],
    principal: { roles: [], permissions: ['order:read'] },
  },
)
