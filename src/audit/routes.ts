import { Readable } from 'node:stream'
import { type Event, idPattern, Type } from '../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  keepStreams,
  Nullable,
  pageOf,
  pageQuery,
  problemResponses,
  refuseHttp,
  sendProblem,
  streamOf,
  Text,
  Time,
  withExample,
} from '../http/index.ts'
import type { Audit } from './audit.ts'
import { eventExample, keyExample, lineExample, messageExample, proofExample } from './examples.ts'
import type { EventFilter } from './filter.ts'

const tags = ['audit']
const EventId = Type.String({ pattern: idPattern('evt'), examples: ['evt_1hq3v0c9kd5m7w2x8p4t6r1a'] })
function wordLike(example: string) {
  return Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$', examples: [example] })
}

const filterQuery = {
  type: Type.Optional(
    Type.String({ maxLength: 64, pattern: '^[a-z_]+(\\.[a-z_]+|\\.\\*)?$', description: 'Exact, or `key.*`.' }),
  ),
  outcome: Type.Optional(Type.Unsafe<Event['outcome']>({ type: 'string', enum: ['success', 'denied', 'failure'] })),
  code: Type.Optional(wordLike('KEY_EXPIRED')),
  principal: Type.Optional(wordLike('usr_1hq3v0c9kd5m7w2x8p4t6r1a')),
  credential: Type.Optional(wordLike('key_1hq3v0c9kd5m7w2x8p4t6r1a')),
  address: Type.Optional(wordLike('192.0.2.7')),
  route: Type.Optional(wordLike('orders')),
  resource: Type.Optional(Text(1, 1024, 'What was acted on: an id, or the path of a request.')),
  requestId: Type.Optional(wordLike('req_1hq3v0c9kd5m7w2x8p4t6r1a')),
  status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
  text: Type.Optional(Text(1, 100, 'Found anywhere in the event.')),
  since: Type.Optional(Time),
  until: Type.Optional(Time),
}

const text = Nullable(Type.String())
const number = Nullable(Type.Number())
const EventBody = withExample(
  Type.Object({
    id: Type.String(),
    at: Type.String(),
    type: Type.String(),
    outcome: Type.String(),
    code: text,
    principalKind: text,
    principal: text,
    credential: text,
    organization: text,
    address: text,
    country: text,
    userAgent: text,
    method: text,
    route: text,
    resource: text,
    status: number,
    duration: number,
    bytesIn: number,
    bytesOut: number,
    requestId: text,
    traceId: text,
    details: Type.Unknown(),
  }),
  eventExample,
)

const ProofBody = withExample(
  Type.Object({
    event: EventBody,
    log: Type.String(),
    seq: Type.Integer(),
    body: Type.String(),
    inclusion: Type.Array(Type.String()),
    checkpoint: Type.String(),
  }),
  proofExample,
)

const VerificationBody = withExample(
  Type.Object({
    ok: Type.Boolean(),
    events: Type.Integer(),
    logs: Type.Integer(),
    first: Nullable(
      Type.Object({
        log: Type.String(),
        seq: Type.Integer(),
        id: text,
        problem: Type.String(),
        sentence: Type.String(),
      }),
    ),
  }),
  { ok: true, events: 5210, logs: 1, first: null },
)

const EXPORT = streamOf('application/x-ndjson', 'One line for each event, and the checkpoints.', lineExample)
const STREAM = streamOf('text/event-stream', 'Events for as long as you listen.', messageExample)

/** Search, follow, export and verify the record (rows U3 and U4). */
export function auditRoutes({ audit }: { readonly audit: Audit }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    const openStream = keepStreams(app)

    app.get(
      '/v1/audit/events',
      {
        ...declareCaller('audit:read'),
        schema: {
          tags,
          summary: 'Search events, newest first',
          querystring: Type.Object({ ...filterQuery, ...pageQuery }, { additionalProperties: false }),
          response: { 200: pageOf(EventBody), ...problemResponses(400, 401, 403) },
        },
      },
      async (request, reply) => {
        const { limit, cursor, ...filter } = request.query
        await audit.flush()
        const page = await audit.search({ ...filterOf(filter), limit, cursor })
        if (!page.ok) return sendProblem(reply, page.problem)
        return reply.send({ items: page.value.items.map(eventBody), nextCursor: page.value.nextCursor })
      },
    )

    app.get(
      '/v1/audit/events/:id/proof',
      {
        ...declareCaller('audit:read'),
        schema: {
          tags,
          summary: 'Proof that an event is in the record',
          description:
            'Inclusion proof of RFC 9162 under a signed checkpoint; verified with the key of `/v1/audit/key`.',
          params: Type.Object({ id: EventId }),
          response: { 200: ProofBody, ...problemResponses(400, 401, 403, 404) },
        },
      },
      async (request, reply) => {
        const proof = await audit.prove(request.params.id)
        if (proof === null) return sendProblem(reply, refuseHttp('EVENT_UNKNOWN'))
        return reply.send({ ...proof, inclusion: [...proof.inclusion], event: eventBody(proof.event) })
      },
    )

    app.get(
      '/v1/audit/verification',
      {
        ...declareCaller('audit:verify'),
        schema: {
          tags,
          summary: 'Verify the whole record now',
          response: { 200: VerificationBody, ...problemResponses(401, 403) },
        },
      },
      async (_request, reply) => {
        const { ok, events, logs, first } = await audit.verify()
        return reply.send({ ok, events, logs, first })
      },
    )

    app.get(
      '/v1/audit/key',
      {
        ...declareCaller('audit:read'),
        schema: {
          tags,
          summary: 'The public key of the checkpoints',
          response: {
            200: withExample(Type.Object({ key: Type.String() }), keyExample),
            ...problemResponses(401, 403),
          },
        },
      },
      async (_request, reply) => reply.send({ key: audit.publicKey() }),
    )

    app.get(
      '/v1/audit/export',
      {
        ...declareCaller('audit:export'),
        schema: {
          tags,
          summary: 'All events as JSON Lines; verifiable offline when nothing is filtered',
          querystring: Type.Object(filterQuery, { additionalProperties: false }),
          response: { 200: EXPORT, ...problemResponses(400, 401, 403) },
        },
      },
      async (request, reply) => {
        const lines = audit.export(filterOf(request.query))
        return reply.type('application/x-ndjson').send(Readable.from(endedLines(lines)))
      },
    )

    app.get(
      '/v1/audit/stream',
      {
        ...declareCaller('audit:read'),
        schema: {
          tags,
          summary: 'Follow events as they are written (server-sent events)',
          querystring: Type.Object({ ...filterQuery, after: Type.Optional(EventId) }, { additionalProperties: false }),
          response: { 200: STREAM, ...problemResponses(400, 401, 403, 429) },
        },
      },
      async (request, reply) => {
        const { after, ...filter } = request.query
        const signal = openStream(request)
        if (signal === null) return sendProblem(reply, refuseHttp('STREAMS_EXHAUSTED'))
        const events = audit.tail({ ...filterOf(filter), after, signal })
        return reply.type('text/event-stream').send(Readable.from(messages(events)))
      },
    )
  }
}

type Filter = Omit<EventFilter, 'since' | 'until'> & { readonly since?: string; readonly until?: string }

function filterOf({ since, until, ...rest }: Filter): EventFilter {
  return {
    ...rest,
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  }
}

function eventBody(event: Event) {
  return { ...event, at: new Date(event.at).toISOString() }
}

async function* endedLines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}

// HTML Living Standard, section 9.2.5. The comment goes first, so that headers leave before anything happens.
async function* messages(events: AsyncIterable<{ readonly event: Event }>): AsyncGenerator<string> {
  yield ':\n\n'
  for await (const { event } of events) yield `id: ${event.id}\ndata: ${JSON.stringify(eventBody(event))}\n\n`
}
