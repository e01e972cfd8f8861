import { createRequire } from 'node:module'
import type { Document, Node, YAMLMap, YAMLSeq } from 'yaml'
import type { PlannedRoute } from '../../inventory/index.ts'
import { UsageError } from '../usage.ts'

// Seventy files, which no other command needs.
const require = createRequire(import.meta.url)
const yaml = (): typeof import('yaml') => require('yaml')

/** What an import adds to the gateway's configuration. */
export type Added = {
  readonly upstreams: Readonly<Record<string, unknown>>
  readonly documents: Readonly<Record<string, unknown>>
  readonly routes: readonly PlannedRoute[]
}

const LAYOUT = { lineWidth: 120, flowCollectionPadding: true } as const

/** A whole configuration of what was imported, as YAML. */
export function written(added: Added): string {
  const document = new (yaml().Document)({ gateway: {} })
  addAll(document, added)
  return document.toString(LAYOUT)
}

/**
 * The text of a configuration with what was imported; comments stay.
 *
 * @throws UsageError where something of that name is there already
 */
export function addTo(text: string, added: Added): string {
  const document = yaml().parseDocument(text)
  addAll(document, added)
  return document.toString(LAYOUT)
}

function addAll(document: Document, { upstreams, documents, routes }: Added): void {
  for (const [kind, named] of Object.entries({ upstreams, documents })) {
    for (const [name, value] of Object.entries(named)) addNamed(document, kind, name, value)
  }
  if (isEmpty(document, 'routes')) document.setIn(['gateway', 'routes'], document.createNode([]))
  const list = document.getIn(['gateway', 'routes']) as YAMLSeq
  list.flow = false
  for (const route of routes) list.add(laidOut(document, route))
}

function addNamed(document: Document, kind: string, name: string, value: unknown): void {
  if (isEmpty(document, kind)) document.setIn(['gateway', kind], document.createNode({}))
  const there = document.getIn(['gateway', kind, name]) as Node | undefined
  if (there === undefined) {
    document.setIn(['gateway', kind, name], document.createNode(value, { flow: true }))
    return
  }
  // The same upstream may have several documents; what else it says of itself stays as it is.
  if (JSON.stringify(there.toJS(document)?.targets) !== JSON.stringify((value as { targets?: unknown }).targets))
    throw new UsageError(`gateway.${kind} has another ${name} already; choose another name`)
}

function isEmpty(document: Document, kind: string): boolean {
  if (!document.hasIn(['gateway'])) document.setIn(['gateway'], document.createNode({}))
  const there = document.getIn(['gateway', kind])
  return there === undefined || there === null || (there as YAMLMap | YAMLSeq).items?.length === 0
}

// A line for each setting of a route.
function laidOut(document: Document, route: PlannedRoute): Node {
  const node = document.createNode(route) as YAMLMap
  for (const { value } of node.items) if (yaml().isCollection(value)) value.flow = true
  return node
}
