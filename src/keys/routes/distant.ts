import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Static } from 'typebox'
import { type Caller, type EventInput, organizationOf, parseAddress, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  declareDecider,
  keepStreams,
  Nullable,
  problemResponses,
  refuseHttp,
  sendProblem,
  streamOf,
  withExample,
} from '../../http/index.ts'
import type { Doors } from '../distant/doors.ts'
import { portableOf } from '../distant/portable.ts'
import type { KeyRouteDeps } from './deps.ts'
import { KeyId } from './schemas.ts'

const tags = ['keys']
const HEARTBEAT = 1_000
const MOST_WAITING = 1_000

const ResolveBody = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 2048 }) },
  { additionalProperties: false, examples: [{ key: 'sp_live_…' }] },
)

const ResolvedBody = withExample(
  Type.Object({
    proved: Type.Boolean(),
    code: Nullable(Type.String({ description: 'Why nothing was proved.' })),
    key: Type.Unknown({ description: 'What a use of the key is judged by, in the form of this version.' }),
  }),
  { proved: false, code: 'KEY_INVALID', key: null },
)

const word = (most: number) => Nullable(Type.String({ minLength: 1, maxLength: most }))
const count = Nullable(Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))

const RequestBody = Type.Object(
  {
    type: Type.Unsafe<RequestType>({ type: 'string', enum: ['request.allowed', 'request.denied', 'request.failed'] }),
    age: Type.Integer({ minimum: 0, maximum: 3_600_000, description: 'Milliseconds since it was over.' }),
    code: word(64),
    principalKind: word(32),
    principal: word(128),
    credential: word(128),
    address: word(64),
    userAgent: word(512),
    method: word(32),
    route: word(128),
    resource: word(2048),
    status: Nullable(Type.Integer({ minimum: 100, maximum: 999 })),
    duration: count,
    bytesIn: count,
    bytesOut: count,
    requestId: word(128),
    stage: word(64),
    reason: word(512),
  },
  { additionalProperties: false },
)
type RequestType = 'request.allowed' | 'request.denied' | 'request.failed'
type RequestBody = Static<typeof RequestBody>

const UsesBody = Type.Object(
  {
    uses: Type.Array(
      Type.Object(
        { key: KeyId, address: word(64), count: Type.Integer({ minimum: 1, maximum: 1000 }) },
        { additionalProperties: false },
      ),
      { maxItems: 500 },
    ),
    requests: Type.Array(RequestBody, { maxItems: 500 }),
  },
  {
    additionalProperties: false,
    examples: [{ uses: [{ key: 'key_1hq3v0c9kd5m7w2x8p4t6r1a', address: '192.0.2.7', count: 3 }], requests: [] }],
  },
)

const CHANGES = streamOf(
  'text/event-stream',
  'Messages for as long as you listen.',
  ':\n\ndata: "key_1hq3v0c9kd5m7w2x8p4t6r1a"\n\n',
)

/** What applications elsewhere need to judge keys themselves: records, word of changes, and where to tell of uses. */
export function distantRoutes(app: ControlApp, { keys, audit, clock }: KeyRouteDeps): void {
  const { doors } = keys
  const openStream = keepStreams(app)

  app.post(
    '/v1/keys/resolve',
    {
      ...declareCaller('keys:verify'),
      schema: {
        tags,
        summary: 'Prove a key and read what its uses are judged by',
        description:
          'For the middleware, which judges uses itself and hears of changes at `/v1/keys/changes`. Judges nothing and counts nothing.',
        body: ResolveBody,
        response: { 200: ResolvedBody, ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const found = await doors.find(request.body.key)
      if (found.is === 'unproven') return reply.send({ proved: false, code: found.code, key: null })
      return reply.send({ proved: true, code: null, key: portableOf(found.entry) })
    },
  )

  app.get(
    '/v1/keys/changes',
    {
      ...declareCaller('keys:verify'),
      schema: {
        tags,
        summary: 'Hear which keys changed (server-sent events)',
        description:
          'Each message is the id of a key or of an owner whose keys changed, or null: forget everything. A comment each second says that the stream lives.',
        response: { 200: CHANGES, ...problemResponses(401, 403, 429) },
      },
    },
    async (request, reply) => {
      const signal = openStream(request)
      if (signal === null) return sendProblem(reply, refuseHttp('STREAMS_EXHAUSTED'))
      return reply.type('text/event-stream').send(Readable.from(changes(doors, request.caller, signal)))
    },
  )

  app.post(
    '/v1/keys/uses',
    {
      ...declareDecider('keys:verify'),
      schema: {
        tags,
        summary: 'Tell of uses that were judged elsewhere',
        description: 'They are counted for their keys, and each request becomes an Event that names who told of it.',
        body: UsesBody,
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { body, caller } = request
      const events = body.requests.map((told) => eventOf(told, caller, clock.now()))
      const named = [...body.uses.map(({ key }) => key), ...body.requests.map(({ credential }) => credential)]
      // What is counted under ids that are none would stay for ever.
      const known = await doors.known(new Set(named.filter((id) => id !== null)), organizationOf(caller))
      for (const { key, address, count: times } of body.uses.filter((use) => known.has(use.key))) {
        for (let i = 0; i < times; i++) doors.count(key, addressOf(address))
      }
      for (const event of events) {
        audit.record(event)
        if (event.credential != null && known.has(event.credential)) keys.observe(event)
      }
      return reply.code(204).send(null)
    },
  )
}

function eventOf(told: RequestBody, caller: Caller, now: number): EventInput {
  const { age, stage, reason, ...facts } = told
  const reporter = caller.principal.credential?.id ?? caller.principal.id
  return {
    ...facts,
    address: addressOf(told.address),
    outcome: OUTCOMES[told.type],
    at: now - age,
    organization: organizationOf(caller),
    details: told.type === 'request.allowed' ? { reporter } : { reporter, stage, reason },
  }
}

// Whoever tells of a request may have been told anything. What is no address is counted as from nowhere.
function addressOf(text: string | null): string | null {
  return text === null ? null : (parseAddress(text)?.text ?? null)
}

const OUTCOMES = { 'request.allowed': 'success', 'request.denied': 'denied', 'request.failed': 'failure' } as const

// HTML Living Standard, section 9.2.5. The comment goes first, so that headers leave before anything happens.
async function* changes(doors: Doors, caller: Caller, signal: AbortSignal): AsyncGenerator<string> {
  const waiting: (string | null)[] = []
  let wake = new AbortController()
  const leave = doors.subscribe((ref) => {
    // Who does not keep up forgets everything.
    if (waiting.length >= MOST_WAITING) waiting.splice(0, waiting.length, null)
    else waiting.push(ref)
    wake.abort()
  })
  try {
    yield ':\n\n'
    while (!signal.aborted) {
      const told = waiting.splice(0)
      if (told.length > 0) yield told.map((ref) => `data: ${JSON.stringify(ref)}\n\n`).join('')
      // Who listens may have lost the right to: the next request asks.
      if (told.some((ref) => concerns(ref, caller))) return
      if (waiting.length > 0) continue
      wake = new AbortController()
      await wait(HEARTBEAT, undefined, { signal: AbortSignal.any([wake.signal, signal]) }).catch(() => undefined)
      if (waiting.length === 0) yield ':\n\n'
    }
  } finally {
    leave()
  }
}

function concerns(ref: string | null, { principal }: Caller): boolean {
  return ref === null || ref === principal.credential?.id || ref === principal.id
}
