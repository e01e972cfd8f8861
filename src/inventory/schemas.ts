import { Type } from '../core/index.ts'
import { Nullable, withExample } from '../http/index.ts'

const Name = Type.Object({
  name: Type.String(),
  declared: Nullable(
    Type.Boolean({ description: 'Whether the document has it; null where no document says which names there are.' }),
  ),
  requests: Type.Integer(),
  lastAt: Type.String(),
})

const itemExample = {
  route: 'parcels',
  method: 'GET',
  path: '/parcels/{id}',
  declared: true,
  state: 'stable',
  owner: 'logistics',
  exposure: 'external',
  document: 'parcels',
  requests: 5210,
  allowed: 5002,
  statuses: { '2XX': 4990, '3XX': 0, '4XX': 220, '5XX': 0 },
  since: '2026-01-31T09:30:00.000Z',
  lastAt: '2026-02-02T08:00:01.000Z',
  allowedAt: '2026-02-02T08:00:01.000Z',
  query: [{ name: 'fields', declared: true, requests: 410, lastAt: '2026-02-02T08:00:01.000Z' }],
  body: [],
}

/** An operation that is declared, seen, or both. */
export const ItemBody = withExample(
  Type.Object({
    route: Type.String(),
    method: Type.String({ description: '`*` for any.' }),
    path: Type.String({
      description: 'As it is declared; else a template, with `{id}` for what names one thing of many.',
    }),
    declared: Type.Boolean(),
    state: Type.String(),
    owner: Nullable(Type.String()),
    exposure: Type.String(),
    document: Nullable(Type.String()),
    requests: Type.Integer(),
    allowed: Type.Integer({ description: 'Requests that an upstream answered.' }),
    statuses: Type.Record(Type.String(), Type.Integer()),
    since: Nullable(Type.String()),
    lastAt: Nullable(Type.String()),
    allowedAt: Nullable(Type.String()),
    query: Type.Array(Name),
    body: Type.Array(Name),
  }),
  itemExample,
)

const findingExample = {
  kind: 'drift' as const,
  route: 'parcels',
  method: 'GET',
  path: '/parcels/{id}',
  place: 'query' as const,
  name: 'debug',
  requests: 3,
  since: '2026-02-01T11:00:00.000Z',
  lastAt: '2026-02-02T07:00:00.000Z',
}

/** What differs between what is declared and what is asked for. */
export const FindingBody = withExample(
  Type.Object({
    kind: Type.Unsafe<'shadow' | 'zombie' | 'drift'>({ type: 'string', enum: ['shadow', 'zombie', 'drift'] }),
    route: Nullable(Type.String({ description: 'Null for what no route is about.' })),
    method: Type.String(),
    path: Type.String(),
    place: Nullable(Type.Unsafe<'query' | 'body'>({ type: 'string', enum: ['query', 'body'] })),
    name: Nullable(Type.String()),
    requests: Type.Integer(),
    since: Type.String({ description: 'Since when it is seen; of a zombie since when it is declared.' }),
    lastAt: Nullable(
      Type.String({ description: 'When it was seen last; of a zombie when an upstream answered last.' }),
    ),
  }),
  findingExample,
)

/** An OpenAPI document: of its paths and components everything is passed on. */
export const ExportBody = withExample(
  Type.Object(
    {
      openapi: Type.String(),
      info: Type.Object({ title: Type.String(), version: Type.String() }),
      paths: Type.Record(Type.String(), Type.Unknown()),
      components: Type.Record(Type.String(), Type.Unknown()),
    },
    { additionalProperties: false },
  ),
  {
    openapi: '3.1.0',
    info: { title: 'APIs behind the gateway', version: '2026-02-02T08:00:01.000Z' },
    paths: {
      '/status': { get: { operationId: 'status', security: [], responses: { '2XX': { description: 'Seen.' } } } },
    },
    components: {},
  },
)
