import type { Static } from 'typebox'
import {
  type Caller,
  done,
  LEVELS,
  organizationOf,
  parseAddress,
  type Result,
  refused,
  Type,
} from '../../core/index.ts'
import {
  type ControlApp,
  declareDecider,
  Nullable,
  problemResponses,
  refuseHttp,
  sendProblem,
  withExample,
} from '../../http/index.ts'
import type { Check } from '../decision/check.ts'
import { type PolicyStepDeps, policyQuestion } from './permitted.ts'
import { type Asking, type HasRelation, type ObjectQuestion, relationQuestion } from './related.ts'

const tags = ['access']
const Name = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9._-]{0,63}$', maxLength: 64 })

const GuardBody = withExample(
  Type.Object(
    {
      relation: Type.Optional(Type.Object({ relation: Name, type: Name }, { additionalProperties: false })),
      policy: Type.Optional(
        Type.Object(
          {
            action: Name,
            type: Name,
            whole: Type.Boolean({ description: 'About the type as a whole, no object of it.' }),
          },
          { additionalProperties: false },
        ),
      ),
      id: Nullable(Type.String({ maxLength: 8192, description: 'The object that the request names.' })),
      principal: Type.Object(
        {
          kind: Type.Enum(['user', 'service'], { type: 'string' }),
          id: Type.String({ minLength: 1, maxLength: 512 }),
          organization: Type.String({ minLength: 1, maxLength: 128 }),
          permissions: Type.Array(Type.String({ maxLength: 200 }), {
            maxItems: 2048,
            description: 'What the credential carries, which may be less than whoever it belongs to holds.',
          }),
          acr: Nullable(Type.Enum([...LEVELS], { type: 'string' })),
          key: Type.Optional(
            Type.Object(
              {
                id: Type.String({ minLength: 1, maxLength: 128 }),
                classification: Type.String({ minLength: 1, maxLength: 32 }),
                environment: Type.String({ minLength: 1, maxLength: 32 }),
              },
              { additionalProperties: false, description: 'The API key that was shown.' },
            ),
          ),
        },
        { additionalProperties: false },
      ),
      request: Type.Object(
        {
          method: Type.String({ minLength: 1, maxLength: 32 }),
          path: Type.String({ minLength: 1, maxLength: 8192 }),
          ip: Type.String({ minLength: 1, maxLength: 64 }),
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  {
    relation: { relation: 'viewer', type: 'document' },
    id: '42',
    principal: {
      kind: 'service',
      id: 'svc_1hq3v0c9kd5m7w2x8p4t6r1a',
      organization: 'org_default',
      permissions: [],
      acr: null,
    },
    request: { method: 'GET', path: '/documents/42', ip: '192.0.2.7' },
  },
)
type GuardBody = Static<typeof GuardBody>

const GuardAnswer = withExample(
  Type.Object({
    allowed: Type.Boolean(),
    reason: Nullable(Type.String({ description: 'Why not, for the record of the application.' })),
  }),
  { allowed: false, reason: 'not viewer of it' },
)

export type GuardRouteDeps = {
  readonly check: Check
  readonly questionOf: PolicyStepDeps['questionOf']
  readonly countryOf: PolicyStepDeps['countryOf']
  readonly hasRelation: HasRelation
}

/** What the guards `requireRelation` and `requirePolicy` of an application elsewhere ask: the questions of a route's steps. */
export function guardRoutes(deps: GuardRouteDeps): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.post(
      '/v1/access/guards',
      {
        ...declareDecider('access:evaluate'),
        schema: {
          tags,
          summary: 'Answer the guard of an application: may a caller of it go on to an object',
          description:
            'For the middleware. Either `relation` or `policy`. The principal is one of your organization; of another nobody goes on.',
          body: GuardBody,
          response: { 200: GuardAnswer, ...problemResponses(400, 401, 403) },
        },
      },
      async (request, reply) => {
        const read = readQuestion(request.body, request.caller, deps)
        if (!read.ok) return sendProblem(reply, read.problem)
        if (request.body.principal.organization !== organizationOf(request.caller)) {
          return reply.send({ allowed: false, reason: 'somebody of another organization' })
        }
        const { ask, asking } = read.value
        const finding = await ask(asking, request.body.id, false)
        if (finding?.is !== 'deny') return reply.send({ allowed: true, reason: null })
        return reply.send({ allowed: false, reason: finding.problem.reason ?? null })
      },
    )
  }
}

function readQuestion(
  body: GuardBody,
  caller: Caller,
  deps: GuardRouteDeps,
): Result<{ readonly ask: ObjectQuestion; readonly asking: Asking }> {
  const client = parseAddress(body.request.ip)
  if (client === null) return wrong('request.ip', 'must be an IP address')
  const told = { by: caller.principal.id, requestId: caller.requestId, address: caller.address }
  const { questionOf, countryOf, hasRelation } = deps
  const check: PolicyStepDeps['check'] = (organization, question) => deps.check.check(organization, question, told)
  const { relation, policy } = body
  if (relation !== undefined && policy !== undefined) return wrong('policy', 'must not be there beside relation')
  const asking = askingOf(body, client)
  if (relation !== undefined)
    return done({ asking, ask: relationQuestion({ ...relation, otherwise: '404' }, hasRelation) })
  if (policy === undefined) return wrong('policy', 'either this or relation must be there')
  const rule = { ...policy, name: policy.whole ? null : 'id', otherwise: '403' } as const
  return done({ asking, ask: policyQuestion(rule, { questionOf, countryOf, check, judge: deps.check.judge }) })
}

function askingOf(
  { principal: { acr, key, ...who }, request }: GuardBody,
  client: Asking['request']['client'],
): Asking {
  return {
    principal: {
      ...who,
      credential: key === undefined ? null : { kind: 'api_key', ...key },
      ...(acr === null ? {} : { assurance: { acr, amr: [], provedAt: 0 } }),
    },
    request: { method: request.method, path: request.path, client },
  }
}

function wrong(path: string, message: string) {
  return refused(refuseHttp('INPUT_INVALID', { errors: [{ path, message }] }))
}
