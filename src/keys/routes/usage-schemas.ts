import { Type } from '../../core/index.ts'
import { Nullable, Time, withExample } from '../../http/index.ts'
import { PERIODS } from '../insight/report.ts'
import { SPAN_NAMES } from '../insight/span.ts'
import { unusedKeyExample } from './examples.ts'
import { KeyBody, oneOf } from './schemas.ts'

const Share = Nullable(Type.Number({ minimum: 0, maximum: 1 }))
const Milliseconds = Nullable(Type.Number({ minimum: 0 }))

const figures = {
  requests: Type.Integer(),
  succeeded: Type.Integer({ description: 'Answered with a status below 400.' }),
  denied: Type.Integer({ description: 'Refused here, before anybody else saw them.' }),
  failed: Type.Integer({ description: 'Answered with an error by the upstream, or not at all.' }),
  successRate: Share,
  errorRate: Share,
  averageMs: Milliseconds,
  p50Ms: Milliseconds,
  p95Ms: Milliseconds,
  p99Ms: Milliseconds,
}
const Figures = Type.Object(figures)

const count = {
  requests: Type.Integer({ description: 'So many for certain.' }),
  margin: Type.Integer({ description: 'At most so many more, when there were too many different ones to keep all.' }),
}

export const PeriodWord = oneOf(PERIODS, 'The running hour, day or month, in UTC.')

export const UsageQuery = Type.Object(
  {
    period: Type.Optional(PeriodWord),
    series: Type.Optional(oneOf(SPAN_NAMES, 'Also answer a time series with points of this length.')),
    from: Type.Optional(Time),
    to: Type.Optional(Time),
  },
  { additionalProperties: false },
)

export const UsageBody = Type.Object(
  {
    total: Type.Integer({ description: 'Uses ever: every time the key was let through, whichever door it came by.' }),
    hour: Type.Integer(),
    day: Type.Integer(),
    month: Type.Integer(),
    lastUsedAt: Nullable(Type.String()),
    lastUsedFrom: Nullable(Type.String()),
    quotaUsed: Type.Integer(),
    traffic: Type.Object({ hour: Figures, day: Figures, month: Figures }),
    period: PeriodWord,
    endpoints: Type.Array(
      Type.Object({
        method: Type.String(),
        route: Nullable(Type.String()),
        path: Nullable(Type.String({ description: 'The path with `{id}` in place of what looks like one.' })),
        ...count,
      }),
    ),
    addresses: Type.Array(Type.Object({ address: Type.String(), ...count })),
    countries: Type.Array(Type.Object({ country: Type.String(), ...count })),
    codes: Type.Array(Type.Object({ code: Type.String(), ...count })),
    series: Nullable(
      Type.Object({
        by: oneOf(SPAN_NAMES),
        from: Type.String(),
        to: Type.String(),
        points: Type.Array(Type.Object({ at: Type.String(), ...figures })),
      }),
    ),
  },
  {
    examples: [
      {
        total: 5210,
        hour: 98,
        day: 1204,
        month: 5210,
        lastUsedAt: '2026-11-21T10:15:30.000Z',
        lastUsedFrom: '192.0.2.7',
        quotaUsed: 0,
        traffic: {
          hour: exampleFigures(100, 98),
          day: exampleFigures(1230, 1204),
          month: exampleFigures(5300, 5200),
        },
        period: 'month',
        endpoints: [{ method: 'GET', route: 'orders', path: '/orders/{id}', requests: 4100, margin: 0 }],
        addresses: [{ address: '192.0.2.7', requests: 5300, margin: 0 }],
        countries: [{ country: 'SE', requests: 5300, margin: 0 }],
        codes: [{ code: 'RATE_LIMITED', requests: 90, margin: 0 }],
        series: null,
      },
    ],
  },
)

function exampleFigures(requests: number, succeeded: number) {
  const failed = requests - succeeded
  return {
    requests,
    succeeded,
    denied: 0,
    failed,
    successRate: succeeded / requests,
    errorRate: failed / requests,
    averageMs: 21.4,
    p50Ms: 18.2,
    p95Ms: 40.7,
    p99Ms: 88.1,
  }
}

export const BusiestQuery = Type.Object(
  {
    period: Type.Optional(PeriodWord),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10, description: 'How many keys.' })),
  },
  { additionalProperties: false },
)

export const BusiestBody = Type.Object(
  {
    period: PeriodWord,
    from: Type.String(),
    items: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        owner: Type.Object({ kind: Type.String(), id: Type.String() }),
        ...count,
      }),
    ),
  },
  {
    examples: [
      {
        period: 'day',
        from: '2026-11-21T00:00:00.000Z',
        items: [
          {
            id: 'key_1hq3v0c9kd5m7w2x8p4t6r1a',
            name: 'billing worker',
            owner: { kind: 'service', id: 'svc_1hq3v0c9kd5m7w2x8p4t6r1a' },
            requests: 1230,
            margin: 0,
          },
        ],
      },
    ],
  },
)

export const UnusedKeyBody = withExample(
  Type.Object({ ...KeyBody.properties, lastUsedAt: Nullable(Type.String()) }),
  unusedKeyExample,
)
export const Days = Type.Integer({
  minimum: 1,
  maximum: 730,
  default: 30,
  description: 'Not used for so many days, and at least as old.',
})
