import type { TSchema } from 'typebox'
import { idPattern, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareAcross,
  examplesOf,
  Nullable,
  noContent,
  problemResponses,
  sendProblem,
  Text,
  Time,
  withExample,
} from '../../http/index.ts'
import type { Device } from '../device/device.ts'
import { clearCookie, SESSION_COOKIE } from '../session/cookie.ts'
import { sessionIdOf } from '../session/sessions.ts'
import { OrganizationInput, SessionBody, sessionBody } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { declarePerson } from './person-only.ts'
import { keepOpened, sendOpened } from './visitor.ts'

const tags = ['account']
const refusals = problemResponses(400, 401, 403, 404)
const MINUTE = 60_000

const params = (form: 'ses' | 'dev' | 'usr') =>
  Type.Object({
    id: Type.String({ pattern: idPattern(form), examples: [`${form}_1hq3v0c9kd5m7w2x8p4t6r1a`] }),
  })

/** All there are, in the shape of every list: they are few, so there is one page. */
function whole<T extends TSchema>(item: T) {
  return Type.Object(
    { items: Type.Array(item), nextCursor: Type.Null() },
    { examples: [{ items: [...examplesOf(item)], nextCursor: null }] },
  )
}

const DeviceBody = withExample(
  Type.Object({
    id: Type.String(),
    label: Type.String(),
    current: Type.Boolean(),
    firstAt: Time,
    lastAt: Time,
    lastAddress: Nullable(Type.String()),
    lastCountry: Nullable(Type.String()),
    trustedUntil: Nullable(Time),
  }),
  {
    id: 'dev_1hq3v0c9kd5m7w2x8p4t6r1a',
    label: 'Firefox on Linux',
    current: true,
    firstAt: '2026-01-15T09:29:00.000Z',
    lastAt: '2026-02-01T08:00:00.000Z',
    lastAddress: '198.51.100.7',
    lastCountry: 'DE',
    trustedUntil: null,
  },
)

function deviceBody(device: Device, current: string | null) {
  const { id, label, lastAddress, lastCountry } = device
  return {
    id,
    label,
    current: id === current,
    firstAt: new Date(device.firstAt).toISOString(),
    lastAt: new Date(device.lastAt).toISOString(),
    lastAddress,
    lastCountry,
    trustedUntil: device.trustedUntil === null ? null : new Date(device.trustedUntil).toISOString(),
  }
}

/** A person's own sessions and devices, acting in another's name, going on in another organization (rows I9, I14). */
export function sessionRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { sessions, devices, impersonation, switchOrganization, deps } = identity
  const { clock } = deps

  app.get(
    '/v1/account/sessions',
    {
      ...declarePerson(),
      schema: { tags, summary: 'List your sessions, newest first', response: { 200: whole(SessionBody), ...refusals } },
    },
    async ({ caller }, reply) => {
      const current = sessionIdOf(caller.principal)
      const items = (await sessions.list(caller)).map((session) => sessionBody(session, current))
      return reply.send({ items, nextCursor: null })
    },
  )

  app.delete(
    '/v1/account/sessions/:id',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'End one of your sessions',
        params: params('ses'),
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ params: { id }, caller }, reply) => noContent(reply, await sessions.end(id, caller)),
  )

  app.delete(
    '/v1/account/sessions',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'End your other sessions, or all of them',
        querystring: Type.Object(
          { which: Type.Enum(['others', 'all'], { description: '`all` signs you out here too.' }) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ ended: Type.Integer() }, { examples: [{ ended: 2 }] }), ...refusals },
      },
    },
    async ({ query: { which }, caller }, reply) => {
      const ended = await sessions.endAll(which as 'others' | 'all', caller)
      if (which === 'all') reply.header('set-cookie', clearCookie(SESSION_COOKIE))
      return reply.send({ ended })
    },
  )

  app.get(
    '/v1/account/devices',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'List the browsers you signed in with, latest first',
        response: { 200: whole(DeviceBody), ...refusals },
      },
    },
    async ({ caller }, reply) => {
      const current = await identity.deviceIdOf(caller)
      const items = (await devices.list(caller)).map((device) => deviceBody(device, current))
      return reply.send({ items, nextCursor: null })
    },
  )

  app.delete(
    '/v1/account/devices/:id',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Forget one of your devices',
        description: 'It stands for no second factor any more, and its next sign-in is one from a stranger.',
        params: params('dev'),
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ params: { id }, caller }, reply) => noContent(reply, await devices.forget(id, caller)),
  )

  app.delete(
    '/v1/account/devices',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Trust no device any more',
        response: { 200: Type.Object({ withdrawn: Type.Integer() }, { examples: [{ withdrawn: 1 }] }), ...refusals },
      },
    },
    async ({ caller }, reply) => reply.send({ withdrawn: await devices.trustNone(caller) }),
  )

  app.post(
    '/v1/account/organization',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Go on in another of your organizations',
        body: Type.Object(
          { organization: OrganizationInput },
          { additionalProperties: false, examples: [{ organization: 'org_default' }] },
        ),
        response: { 200: SessionBody, ...refusals },
      },
    },
    async ({ body, caller }, reply) => {
      const opened = await switchOrganization(body.organization, caller)
      return opened.ok ? sendOpened(reply, opened.value, clock.now()) : sendProblem(reply, opened.problem)
    },
  )

  app.post(
    '/v1/users/:id/impersonate',
    {
      ...declareAcross('sessions of a person are in all their organizations', 'users:impersonate'),
      schema: {
        tags: ['users'],
        summary: 'Act in the name of a person',
        description:
          'Only from a session, with a reason, and for an hour at the most. The person is told; nothing sensitive can be done.',
        params: params('usr'),
        body: Type.Object(
          {
            reason: Text(3, 300, 'Why. The person is told.'),
            minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 60, default: 15 })),
          },
          { additionalProperties: false, examples: [{ reason: 'Ticket 4711: cannot see orders', minutes: 15 }] },
        ),
        response: { 200: SessionBody, ...refusals },
      },
    },
    async ({ params: { id }, body: { reason, minutes = 15 }, caller }, reply) => {
      const wish = { personId: id, reason, lasts: minutes * MINUTE }
      const opened = await impersonation.start(wish, caller)
      return opened.ok ? sendOpened(reply, opened.value, clock.now()) : sendProblem(reply, opened.problem)
    },
  )

  app.delete(
    '/v1/account/impersonation',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Stop acting in the name of a person',
        description: 'Your own session goes on where it still lives.',
        response: { 204: Type.Null(), ...problemResponses(401, 403, 409) },
      },
    },
    async ({ caller }, reply) => {
      const ended = await impersonation.end(caller)
      if (!ended.ok) return sendProblem(reply, ended.problem)
      if (ended.value === null) reply.header('set-cookie', clearCookie(SESSION_COOKIE))
      else keepOpened(reply, ended.value, clock.now())
      return reply.code(204).send(null)
    },
  )
}
