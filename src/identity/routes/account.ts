import { type Event, Type } from '../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  Nullable,
  noContent,
  pageOf,
  pageQuery,
  problemResponses,
  sendProblem,
  Text,
  Time,
  versionTag,
  withExample,
} from '../../http/index.ts'
import { LANGUAGES } from '../person/person.ts'
import { clearCookie, SESSION_COOKIE } from '../session/cookie.ts'
import { sessionIdOf } from '../session/sessions.ts'
import { EmailInput, PersonBody, personBody, SessionBody, sessionBody } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { ADDRESS_EXAMPLES, NextBody } from './next.ts'
import { declarePerson } from './person-only.ts'
import { PERSON_EXAMPLE } from './user-body.ts'

const tags = ['account']
const text = Nullable(Type.String())

const ActivityBody = withExample(
  Type.Object({
    id: Type.String(),
    at: Time,
    type: Type.String(),
    outcome: Type.String(),
    address: text,
    country: text,
    userAgent: text,
    resource: text,
  }),
  {
    id: 'evt_1hq3v0c9kd5m7w2x8p4t6r1a',
    at: '2026-02-01T08:00:00.000Z',
    type: 'session.started',
    outcome: 'success',
    address: '198.51.100.7',
    country: 'DE',
    userAgent: 'Mozilla/5.0',
    resource: 'ses_1hq3v0c9kd5m7w2x8p4t6r1a',
  },
)

const Things = Type.Array(Type.Object({}, { additionalProperties: true }))

const ExportBody = Type.Object(
  {
    person: PersonBody,
    memberships: Things,
    passwordChangedAt: Nullable(Time),
    sessions: Type.Array(SessionBody),
    devices: Things,
    factors: Things,
    passkeys: Things,
    keys: Things,
    events: Things,
  },
  {
    examples: [
      {
        person: PERSON_EXAMPLE,
        memberships: [{ organization: 'org_default', roles: ['user'], scopes: [], permissions: [] }],
        passwordChangedAt: '2026-01-15T09:30:00.000Z',
        sessions: [],
        devices: [{ id: 'dev_1hq3v0c9kd5m7w2x8p4t6r1a', name: 'Firefox on Linux' }],
        factors: [],
        passkeys: [],
        keys: [{ id: 'key_1hq3v0c9kd5m7w2x8p4t6r1a', name: 'mine' }],
        events: [],
      },
    ],
  },
)

function activityBody(event: Event) {
  const { id, type, outcome, address, country, userAgent, resource } = event
  return { id, at: time(event.at), type, outcome, address, country, userAgent, resource }
}

function time(at: number): string {
  return new Date(at).toISOString()
}

/** A person's own account (row I1). */
export function accountRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { accounts } = identity

  app.get(
    '/v1/account',
    {
      ...declarePerson(),
      schema: { tags, summary: 'Read your account', response: { 200: PersonBody, ...problemResponses(401, 403, 404) } },
    },
    async ({ caller }, reply) => {
      const person = await accounts.read(caller)
      if (!person.ok) return sendProblem(reply, person.problem)
      return reply.header('etag', versionTag(person.value.version)).send(personBody(person.value))
    },
  )

  app.patch(
    '/v1/account',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Change your name or language',
        body: Type.Object(
          { name: Type.Optional(Text(1, 128)), language: Type.Optional(Type.Enum([...LANGUAGES])) },
          { additionalProperties: false, examples: [{ name: 'Ada Lovelace', language: 'de' }] },
        ),
        response: { 200: PersonBody, ...problemResponses(400, 401, 403, 404, 412) },
      },
    },
    async ({ body, caller, headers }, reply) => {
      const version = checkVersion(headers['if-match'])
      if (!version.ok) return sendProblem(reply, version.problem)
      const person = await accounts.change(body, version.value, caller)
      if (!person.ok) return sendProblem(reply, person.problem)
      return reply.header('etag', versionTag(person.value.version)).send(personBody(person.value))
    },
  )

  app.post(
    '/v1/account/email',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Ask to use another mail address',
        description:
          'A link goes to the new address; until it is followed the former one stays. An address that somebody has is answered the same.',
        body: Type.Object({ email: EmailInput }, { additionalProperties: false, examples: ADDRESS_EXAMPLES }),
        response: { 202: NextBody, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async ({ body, caller }, reply) => {
      const asked = await accounts.changeEmail(body.email, caller)
      return asked.ok ? reply.code(202).send({ next: 'verify_email' }) : sendProblem(reply, asked.problem)
    },
  )

  app.get(
    '/v1/account/activity',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'See what you did lately, newest first',
        description: 'Of the last 90 days.',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(ActivityBody), ...problemResponses(400, 401, 403, 429) },
      },
    },
    async ({ query, caller }, reply) => {
      const page = await accounts.activity(query, caller)
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(activityBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/account/export',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Take along everything that is kept about you',
        description:
          'Without anything that would let somebody in. The last 1,000 events of the last 90 days are in it.',
        response: {
          200: ExportBody,
          ...problemResponses(401, 403, 404, 429),
        },
      },
    },
    async ({ caller }, reply) => {
      const taken = await accounts.export(caller)
      if (!taken.ok) return sendProblem(reply, taken.problem)
      const { person, sessions, passwordChangedAt, ...rest } = taken.value
      const current = sessionIdOf(caller.principal)
      reply.header('content-disposition', 'attachment; filename="account.json"')
      return reply.send({
        person: personBody(person),
        memberships: withTimes(rest.memberships),
        passwordChangedAt: passwordChangedAt === null ? null : time(passwordChangedAt),
        sessions: sessions.map((it) => sessionBody(it, current)),
        devices: withTimes(rest.devices),
        factors: withTimes(rest.factors),
        passkeys: withTimes(rest.passkeys),
        keys: [...rest.keys],
        events: rest.events.map((event) => ({ ...event, at: time(event.at) })),
      })
    },
  )

  app.delete(
    '/v1/account',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Delete your account',
        description: 'What is kept about you is erased, and your keys are revoked. This cannot be undone.',
        body: Type.Object(
          { email: EmailInput },
          {
            additionalProperties: false,
            description: 'Your address, typed to confirm.',
            examples: ADDRESS_EXAMPLES,
          },
        ),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 404, 409) },
      },
    },
    async ({ body, caller }, reply) => {
      const erased = await accounts.erase(body.email, caller)
      if (erased.ok) reply.header('set-cookie', clearCookie(SESSION_COOKIE))
      return noContent(reply, erased)
    },
  )
}

/** The same things, with times as people and programs read them. */
function withTimes(things: readonly object[]): object[] {
  return things.map((thing) =>
    Object.fromEntries(
      Object.entries(thing).map(([name, value]) => [
        name,
        name.endsWith('At') && typeof value === 'number' ? time(value) : value,
      ]),
    ),
  )
}
