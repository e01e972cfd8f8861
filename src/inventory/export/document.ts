import type { Json } from '../../guard/index.ts'
import type { InventoryItem } from '../findings.ts'
import { createIds } from '../import/ids.ts'
import { operationOf } from './operation.ts'
import { createCopying } from './refs.ts'
import { SCHEMES } from './security.ts'

export type ExportedDocument = {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Record<string, Record<string, Json>>
  readonly components: Record<string, Json>
}

/** Of what is declared and seen: all of it, or what was seen, or what is declared. */
export type ExportOf = 'all' | 'seen' | 'declared'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * The inventory as an OpenAPI 3.1 document: each operation as its document describes it, with the credentials that the gateway asks
 * for, and what was seen of it. Operations that no document describes are described by what was seen.
 *
 * @param at when, in milliseconds: the version of the document
 */
export function exportOf(items: readonly InventoryItem[], wanted: ExportOf, at: number): ExportedDocument {
  const chosen = items.filter((item) => isOperation(item) && isWanted(item, wanted))
  const documents = new Set(chosen.flatMap(({ declared }) => declared?.source?.document ?? []))
  const copying = createCopying(documents.size > 1)
  const idFor = createIds([])
  const paths: Record<string, Record<string, Json>> = {}
  const shapes = new Map<string, string>()
  for (const item of chosen) {
    const path = pathOf(item.path, shapes)
    const method = item.method.toLowerCase()
    paths[path] ??= {}
    if (Object.hasOwn(paths[path], method)) continue
    const id = idFor(item.declared?.source?.operation.operationId ?? item.route, item.method, path)
    paths[path][method] = operationOf({ ...item, path }, path, id, copying)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'APIs behind the gateway', version: new Date(at).toISOString() },
    paths,
    components: { ...copying.components, securitySchemes: SCHEMES },
  }
}

// `/**` and `*` are rules about many operations, and none themselves.
function isOperation({ method, path }: InventoryItem): boolean {
  return METHODS.has(method) && !path.endsWith('/**')
}

function isWanted({ declared, row }: InventoryItem, wanted: ExportOf): boolean {
  if (wanted === 'all') return true
  return wanted === 'seen' ? (row?.requests ?? 0) > 0 : declared !== null
}

// Names in a path are each there once, and two templates for the same requests are one.
function pathOf(template: string, shapes: Map<string, string>): string {
  const plain = template.replace(/\/\*$/, '/{rest}')
  const shape = plain.replaceAll(/\{[^{}]*\}/g, '{}')
  const known = shapes.get(shape)
  if (known !== undefined) return known
  const used = new Set<string>()
  const path = plain.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    let free = name
    for (let count = 2; used.has(free); count++) free = `${name}${count}`
    used.add(free)
    return `{${free}}`
  })
  shapes.set(shape, path)
  return path
}
