import { isObject, type Json, type JsonObject, resolved } from '../../guard/index.ts'
import type { InventoryItem } from '../findings.ts'
import type { NameRow } from '../store/tables.ts'
import type { Copying } from './refs.ts'
import { securityOfRoute } from './security.ts'

/** An operation of the export: what its document says of it, what the gateway does about it, and what was seen. */
export function operationOf(item: InventoryItem, path: string, operationId: string, { copy }: Copying): JsonObject {
  const { declared, row, route, settings } = item
  const source = declared?.source ?? null
  const own = source === null ? bare(path) : (copy(source.operation, source) as JsonObject)
  const { security: _, servers: __, ...said } = own
  const parameters = source === null ? (own.parameters as Json[]) : described(item, copy)
  const stray = item.query.filter(({ name }) => declared?.query?.has(name) !== true)
  return {
    ...said,
    operationId,
    parameters: [...parameters, ...stray.map(queryParameter)],
    ...bodyOf(item, own),
    ...(settings.lifecycle.state === 'deprecated' ? { deprecated: true } : {}),
    security: securityOfRoute(settings),
    responses: isObject(own.responses) && Object.keys(own.responses).length > 0 ? own.responses : answersOf(item),
    'x-sallyport': {
      route,
      declared: declared !== null,
      requests: row?.requests ?? 0,
      lastAt: row?.last_at === null || row === null ? null : new Date(row.last_at).toISOString(),
    },
  }
}

function bare(path: string): JsonObject {
  const names = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
  const schema = { type: 'string' }
  return { parameters: names.map((name) => ({ name, in: 'path', required: true, schema })) }
}

// Those of the operation stand before those of its path.
function described({ declared }: InventoryItem, copy: Copying['copy']): Json[] {
  const source = declared?.source
  if (source === null || source === undefined) return []
  const listOf = (list: Json | undefined) => (Array.isArray(list) ? (list as readonly Json[]) : [])
  const keyOf = (given: Json) => {
    const { in: place, name } = resolved(source.root, given) ?? {}
    return `${place} ${name}`
  }
  const own = listOf(source.operation.parameters)
  const taken = new Set(own.map(keyOf))
  const inherited = listOf(source.item.parameters).filter((given) => !taken.has(keyOf(given)))
  return [...inherited, ...own].map((given) => copy(given, source))
}

function queryParameter({ name }: NameRow): Json {
  return { name, in: 'query', schema: {}, 'x-undeclared': true }
}

// A body that no document describes is described by the names that were seen.
function bodyOf({ body, declared }: InventoryItem, own: JsonObject): JsonObject {
  const stray = body.filter(({ name }) => declared?.body?.has(name) !== true).map(({ name }) => name)
  if (own.requestBody !== undefined || stray.length === 0)
    return stray.length === 0 || declared?.body === null ? {} : { 'x-undeclared-fields': stray }
  const schema = { type: 'object', properties: Object.fromEntries(stray.map((name) => [name, {}])) }
  return { requestBody: { content: { 'application/json': { schema } } } }
}

function answersOf({ row }: InventoryItem): JsonObject {
  const seen = ([2, 3, 4, 5] as const).filter((first) => (row?.[`status_${first}`] ?? 0) > 0)
  if (seen.length === 0) return { default: { description: 'Not described, and not seen.' } }
  return Object.fromEntries(seen.map((first) => [`${first}XX`, { description: 'Seen, and not described.' }]))
}
