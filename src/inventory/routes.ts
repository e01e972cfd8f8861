import { refuseAccess } from '../access/index.ts'
import { type Caller, DEFAULT_ORGANIZATION, organizationOf, type Problem, Type } from '../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  pageOf,
  pageQuery,
  problemResponses,
  readSearch,
  sendProblem,
} from '../http/index.ts'
import type { ExportOf } from './export/document.ts'
import type { InventoryFinding, InventoryItem } from './findings.ts'
import type { Inventory } from './inventory.ts'
import { ExportBody, FindingBody, ItemBody } from './schemas.ts'
import type { NameRow } from './store/tables.ts'

const tags = ['inventory']
const readers = declareCaller('gateway:inspect')
const refusals = problemResponses(400, 401, 403)
const Route = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9._-]{0,63}$', examples: ['parcels'] })
const Of = Type.Unsafe<ExportOf>({
  type: 'string',
  enum: ['all', 'seen', 'declared'],
  description: 'What is declared or was seen, what was seen, or what is declared. All unless told.',
})
const Kind = Type.Unsafe<InventoryFinding['kind']>({
  type: 'string',
  enum: ['shadow', 'zombie', 'drift'],
  examples: ['shadow'],
})

/** The HTTP routes of the inventory (row G5). */
export function inventoryRoutes({ inventory }: { readonly inventory: Inventory }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.get(
      '/v1/inventory',
      {
        ...readers,
        schema: {
          tags,
          summary: 'List what routes declare, joined with what was asked for',
          querystring: Type.Object({ ...pageQuery, route: Type.Optional(Route) }, { additionalProperties: false }),
          response: { 200: pageOf(ItemBody), ...refusals },
        },
      },
      async ({ query, caller }, reply) => {
        const refusal = refusalOf(caller)
        if (refusal !== null) return sendProblem(reply, refusal)
        const all = await inventory.list()
        const wanted = query.route === undefined ? all : all.filter(({ route }) => route === query.route)
        const page = await partOf(wanted, query)
        return page.ok
          ? reply.send({ ...page.value, items: page.value.items.map(itemBody) })
          : sendProblem(reply, page.problem)
      },
    )

    app.get(
      '/v1/inventory/findings',
      {
        ...readers,
        schema: {
          tags,
          summary: 'List what is asked for and not declared, declared and not used, and names that no document has',
          querystring: Type.Object(
            { ...pageQuery, kind: Type.Optional(Kind), route: Type.Optional(Route) },
            { additionalProperties: false },
          ),
          response: { 200: pageOf(FindingBody), ...refusals },
        },
      },
      async ({ query, caller }, reply) => {
        const refusal = refusalOf(caller)
        if (refusal !== null) return sendProblem(reply, refusal)
        const all = await inventory.findings()
        const wanted = all.filter(
          ({ kind, route }) =>
            (query.kind === undefined || kind === query.kind) && (query.route === undefined || route === query.route),
        )
        const page = await partOf(wanted, query)
        return page.ok
          ? reply.send({ ...page.value, items: page.value.items.map(findingBody) })
          : sendProblem(reply, page.problem)
      },
    )

    app.get(
      '/v1/inventory/openapi',
      {
        ...readers,
        schema: {
          tags,
          summary: 'The inventory as an OpenAPI 3.1 document',
          querystring: Type.Object({ of: Type.Optional(Of) }, { additionalProperties: false }),
          response: { 200: ExportBody, ...refusals },
        },
      },
      async ({ query, caller }, reply) => {
        const refusal = refusalOf(caller)
        return refusal === null ? reply.send(await inventory.document(query.of ?? 'all')) : sendProblem(reply, refusal)
      },
    )
  }
}

// What is behind the gateway is of the installation: organizations share it, and are not told of each other.
function refusalOf(caller: Caller): Problem | null {
  const runsAll = caller.principal.permissions.includes('*') || organizationOf(caller) === DEFAULT_ORGANIZATION
  const detail = 'The inventory is for who runs the installation: people and services of its first organization.'
  return runsAll ? null : refuseAccess('PERMISSION_MISSING', { detail })
}

type PageQuery = Parameters<typeof readSearch>[0]

// The list is bounded and made anew each time; a page goes on after so many.
function partOf<T>(all: readonly T[], query: PageQuery) {
  return readSearch<T>(query, async ({ before, limit }) => {
    const from = before === null || !/^\d{1,9}$/.test(before) ? 0 : Number(before)
    const next = from + limit
    return { items: all.slice(from, next), next: next < all.length ? String(next) : null }
  })
}

function itemBody({ route, method, path, declared, settings, row, query, body }: InventoryItem) {
  return {
    route,
    method,
    path,
    declared: declared !== null,
    state: settings.lifecycle.state,
    owner: settings.lifecycle.owner,
    exposure: settings.lifecycle.exposure,
    document: declared?.source?.document ?? null,
    requests: row?.requests ?? 0,
    allowed: row?.allowed ?? 0,
    statuses: {
      '2XX': row?.status_2 ?? 0,
      '3XX': row?.status_3 ?? 0,
      '4XX': row?.status_4 ?? 0,
      '5XX': row?.status_5 ?? 0,
    },
    since: time(row?.first_at),
    lastAt: time(row?.last_at),
    allowedAt: time(row?.allowed_at),
    query: query.map((it) => nameBody(it, declared?.query ?? null)),
    body: body.map((it) => nameBody(it, declared?.body ?? null)),
  }
}

function nameBody({ name, requests, last_at }: NameRow, declared: ReadonlySet<string> | null) {
  return {
    name,
    declared: declared === null ? null : declared.has(name),
    requests,
    lastAt: new Date(last_at).toISOString(),
  }
}

function findingBody({ since, lastAt, ...finding }: InventoryFinding) {
  return { ...finding, since: new Date(since).toISOString(), lastAt: time(lastAt) }
}

function time(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString()
}
