import type { Json, Properties } from '../../../decision/question.ts'
import type { Entity, EntityUid, PolicyRequest } from '../request.ts'
import type { Form } from './read.ts'
import type { Reference, Value } from './value.ts'

/** An entity that policies may look at, and how its properties are read. */
export type Node = {
  readonly uid: EntityUid
  readonly attrs: Properties
  readonly tags: Properties
  readonly parents: readonly EntityUid[]
  readonly attrsForm: Form
  readonly tagsForm: Form
}

/** All that one request is decided by. Flat, since it is made and looked into for every decision. */
export type World = {
  readonly principal: Reference
  readonly action: Reference
  readonly resource: Reference
  readonly principalNode: Node | null
  readonly actionNode: Node | null
  readonly resourceNode: Node | null
  /** Everything that the principal is in. */
  readonly principalAbove: readonly EntityUid[]
  readonly actionAbove: readonly EntityUid[]
  readonly resourceAbove: readonly EntityUid[]
  readonly context: Properties
  readonly contextForm: Form
  readonly nodes: readonly Node[]
  /** Entities that are there without being given: the actions of the schema. */
  readonly known: Known
}
type Entities = Pick<World, 'nodes' | 'known'>

/** How requests and entities are read: with a schema by what it says, without by what they look like. */
export type Forms = {
  readonly isType: (name: string) => boolean
  readonly known: Known
  /** The form of the context of a request, or null where the judge must say what is wrong with it. */
  readonly contextOf: (request: PolicyRequest) => Form | null
  readonly nodeOf: (entity: Entity) => Node | null
}
type Known = (uid: EntityUid) => Node | null

const NOTHING: Properties = Object.freeze({})

/** Reads a request and its entities, or null where only the judge can say what it makes of them. */
export function readWorld(forms: Forms, request: PolicyRequest, entities: readonly Entity[]): World | null {
  const { principal, action, resource, context } = request
  if (!isUid(principal, forms) || !isUid(action, forms) || !isUid(resource, forms)) return null
  const contextForm = forms.contextOf(request)
  if (contextForm === null || !contextForm.isReadable(context)) return null
  const nodes = readNodes(forms, entities)
  if (nodes === null) return null
  const there = { nodes, known: forms.known }
  const [principalNode, actionNode] = [findNode(there, principal), findNode(there, action)]
  const resourceNode = findNode(there, resource)
  return {
    principal: refer(principal),
    action: refer(action),
    resource: refer(resource),
    principalNode,
    actionNode,
    resourceNode,
    principalAbove: aboveNode(there, principalNode),
    actionAbove: aboveNode(there, actionNode),
    resourceAbove: aboveNode(there, resourceNode),
    context,
    contextForm,
    nodes,
    known: forms.known,
  }
}

// The types are looked at, too, since names may come over the wire.
function isUid({ type, id }: EntityUid, { isType }: Forms): boolean {
  return typeof type === 'string' && typeof id === 'string' && isType(type) && id.isWellFormed()
}

export function refer({ type, id }: EntityUid): Reference {
  return { kind: 'entity', type, id }
}

function readNodes(forms: Forms, entities: readonly Entity[]): readonly Node[] | null {
  const nodes: Node[] = []
  for (const entity of entities) {
    const node = isUid(entity.uid, forms) && areUids(entity.parents, forms) ? forms.nodeOf(entity) : null
    if (node === null || nodeIn(nodes, entity.uid) !== null) return null
    if (!node.attrsForm.isReadable(node.attrs)) return null
    if (node.tags !== NOTHING && !node.tagsForm.isReadable(node.tags)) return null
    nodes.push(node)
  }
  return hasCircle(nodes) ? null : nodes
}

function areUids(uids: readonly EntityUid[], forms: Forms): boolean {
  for (const uid of uids) if (!isUid(uid, forms)) return false
  return true
}

export function nodeFrom({ uid, attrs, parents, tags = NOTHING }: Entity, attrsForm: Form, tagsForm: Form): Node {
  return { uid, attrs, tags, parents, attrsForm, tagsForm }
}

// A slice is a handful of entities, so looking at each is faster than a map that has to be made first.
function nodeIn(nodes: readonly Node[], { type, id }: EntityUid): Node | null {
  for (const node of nodes) if (node.uid.id === id && node.uid.type === type) return node
  return null
}

export function findNode(world: Entities, uid: EntityUid): Node | null {
  return nodeIn(world.nodes, uid) ?? world.known(uid)
}

// What is above something can only lead back to it through parents that are here and have parents themselves.
function hasCircle(nodes: readonly Node[]): boolean {
  if (!isDeep(nodes)) return false
  return nodes.some((node) => ancestors(node, (uid) => nodeIn(nodes, uid)).some((uid) => isEqual(uid, node.uid)))
}

function isDeep(nodes: readonly Node[]): boolean {
  for (const { parents } of nodes) {
    for (const parent of parents) if ((nodeIn(nodes, parent)?.parents.length ?? 0) > 0) return true
  }
  return false
}

export function isEqual(left: EntityUid, right: EntityUid): boolean {
  return left.id === right.id && left.type === right.type
}

const NONE: readonly EntityUid[] = Object.freeze([])

// Everything above an entity, each once.
function aboveNode(there: Entities, node: Node | null): readonly EntityUid[] {
  if (node === null || node.parents.length === 0) return NONE
  const [parent] = node.parents
  const isOne = node.parents.length === 1 && parent !== undefined
  if (isOne && findNode(there, parent) === null) return node.parents
  return ancestors(node, (uid) => findNode(there, uid))
}

function ancestors(node: Node, find: (uid: EntityUid) => Node | null): readonly EntityUid[] {
  const found: EntityUid[] = []
  const add = (parent: EntityUid) => {
    if (!found.some((other) => isEqual(other, parent))) found.push(parent)
  }
  node.parents.forEach(add)
  for (const uid of found) find(uid)?.parents.forEach(add)
  return found
}

export function isIn(world: World, uid: EntityUid, above: EntityUid): boolean {
  if (isEqual(uid, above)) return true
  const all = uid === world.principal ? world.principalAbove : aboveNode(world, findNode(world, uid))
  return all.some((other) => isEqual(other, above))
}

/** One property; undefined where there is none. */
export function propertyOf(raw: Properties, form: Form, name: string): Value | undefined {
  return Object.hasOwn(raw, name) ? (form.read(name, raw[name] as Json) ?? undefined) : undefined
}
