import type { Cedar } from '../library.ts'
import type { Entity, EntityUid, PolicyRequest } from '../request.ts'
import type { Form } from './read.ts'
import { type Shapes, shapesOf } from './shape.ts'
import { createTypeNames } from './type-names.ts'
import { type Forms, isEqual, type Node, nodeFrom } from './world.ts'

type EntityForms = {
  readonly attrs: Form
  readonly tags: Form
  readonly above: ReadonlySet<string>
  readonly ids: ReadonlySet<string> | null
}
type ActionForm = {
  readonly principals: ReadonlySet<string>
  readonly resources: ReadonlySet<string>
  readonly context: Form
  readonly node: Node
}
type Names = { readonly [name: string]: unknown }
type EntityTypeJson = { memberOfTypes?: string[]; shape?: Names; tags?: Names; enum?: string[] }
type ActionJson = {
  appliesTo?: { principalTypes: string[]; resourceTypes: string[]; context?: Names }
  memberOf?: { id: string; type?: string }[]
  attributes?: Names
}
type NamespaceJson = {
  commonTypes?: Names
  entityTypes: Record<string, EntityTypeJson>
  actions: Record<string, ActionJson>
}

/**
 * How requests and entities are read with a schema, so that addresses, dates and references need no escape. Whatever
 * does not fit it is left to the judge, who says what is wrong.
 */
export function schemaForms(cedar: Cedar, schema: string, unknown: Set<string>): Forms {
  const answer = cedar.schemaToJsonWithResolvedTypes(schema)
  if (answer.type === 'failure') unknown.add('schema')
  const namespaces = Object.entries(answer.type === 'failure' ? {} : (answer.json as Record<string, NamespaceJson>))
  const shapes = shapesOf(namespaces, unknown)
  const types = new Map(namespaces.flatMap(([space, { entityTypes }]) => entityForms(space, entityTypes, shapes)))
  const actions = namespaces.flatMap(([space, it]) => actionForms(space, it.actions, shapes))
  const actionOf = (uid: EntityUid) => actions.find(({ node }) => isEqual(node.uid, uid)) ?? null
  return {
    isType: createTypeNames(),
    known: (uid) => actionOf(uid)?.node ?? null,
    contextOf: (request) => contextOf(actionOf(request.action), types, request),
    nodeOf: (entity) => entityNode(entity, types.get(entity.uid.type)) ?? actionNode(entity, actionOf(entity.uid)),
  }
}

function fullName(space: string, name: string): string {
  return space === '' ? name : `${space}::${name}`
}

function entityForms(space: string, types: NamespaceJson['entityTypes'], shapes: Shapes) {
  return Object.entries(types).map(([name, json]): [string, EntityForms] => {
    const { memberOfTypes: above = [], shape, tags, enum: ids } = json
    const forms = { attrs: shapes.formOf(shape), tags: shapes.tagsOf(tags), above: new Set(above) }
    return [fullName(space, name), { ...forms, ids: ids === undefined ? null : new Set(ids) }]
  })
}

function actionForms(space: string, actions: NamespaceJson['actions'], shapes: Shapes): ActionForm[] {
  const type = fullName(space, 'Action')
  return Object.entries(actions).map(([id, { appliesTo, memberOf = [] }]) => {
    const parents = memberOf.map((above) => ({ type: above.type ?? type, id: above.id }))
    const { principalTypes = [], resourceTypes = [], context } = appliesTo ?? {}
    const nothing = shapes.formOf(undefined)
    return {
      principals: new Set(principalTypes),
      resources: new Set(resourceTypes),
      context: shapes.formOf(context),
      node: nodeFrom({ uid: { type, id }, attrs: {}, parents }, nothing, nothing),
    }
  })
}

type Types = ReadonlyMap<string, EntityForms>

function contextOf(action: ActionForm | null, types: Types, { principal, resource }: PolicyRequest): Form | null {
  if (action === null || !action.principals.has(principal.type) || !action.resources.has(resource.type)) return null
  return isListed(principal, types) && isListed(resource, types) ? action.context : null
}

function isListed({ type, id }: EntityUid, types: Types): boolean {
  const ids = types.get(type)?.ids ?? null
  return ids === null || ids.has(id)
}

function entityNode(entity: Entity, forms: EntityForms | undefined): Node | null {
  if (forms === undefined || (forms.ids !== null && !forms.ids.has(entity.uid.id))) return null
  const isPlaced = entity.parents.every(({ type }) => forms.above.has(type))
  return isPlaced ? nodeFrom(entity, forms.attrs, forms.tags) : null
}

// An action that is given must be the one of the schema.
function actionNode({ uid, attrs, parents, tags = {} }: Entity, action: ActionForm | null): Node | null {
  if (action === null || Object.keys(attrs).length + Object.keys(tags).length > 0) return null
  const above = action.node.parents
  const isSame = parents.length === above.length && parents.every((uid) => above.some((other) => isEqual(uid, other)))
  return isSame && uid.id === action.node.uid.id ? action.node : null
}
