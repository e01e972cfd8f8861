import type { Compile, Evaluate, Expression, Findings } from './expression.ts'
import { fault, isFault, type Value, wrongType } from './value.ts'
import { findNode, type Node, propertyOf, type World } from './world.ts'

type Attribute = { readonly left: Expression; readonly attr: string | readonly string[] }
type Tag = { readonly left: Expression; readonly right: Expression }
/** Looks for something: undefined where it is not there, a fault where there is no looking. */
type Look = (world: World) => Value | undefined

/** `.`, `has`, and tags: looking into entities, records and the context. */
export const access = {
  '.': ({ left, attr }: Attribute, compile: Compile, findings: Findings): Evaluate => {
    const look = lookFor(left, String(attr), compile, findings)
    return (world) => look(world) ?? fault(`there is no attribute \`${attr}\``)
  },
  has: ({ left, attr }: Attribute, compile: Compile, findings: Findings): Evaluate =>
    isThere(lookAlong(left, typeof attr === 'string' ? [attr] : attr, compile, findings)),
  getTag: ({ left, right }: Tag, compile: Compile, findings: Findings): Evaluate => {
    const look = lookForTag(left, right, compile, findings)
    return (world) => look(world) ?? fault('there is no such tag')
  },
  hasTag: ({ left, right }: Tag, compile: Compile, findings: Findings): Evaluate =>
    isThere(lookForTag(left, right, compile, findings)),
}

function isThere(look: Look): Evaluate {
  return (world) => {
    const found = look(world)
    return found !== undefined && isFault(found) ? found : found !== undefined
  }
}

function lookFor(left: Expression, name: string, compile: Compile, findings: Findings): Look {
  const variable = typeof left.Var === 'string' ? left.Var : null
  findings.note(variable ?? 'other', name)
  // The context is read one property at a time, never as a whole.
  if (variable === 'context') return ({ context, contextForm }) => propertyOf(context, contextForm, name)
  if (variable === 'principal') return ({ principalNode }) => attributeOfNode(principalNode, name)
  if (variable === 'resource') return ({ resourceNode }) => attributeOfNode(resourceNode, name)
  const evaluate = compile(left)
  return (world) => attributeOf(world, evaluate(world), name)
}

// `e has a.b.c` is `e has a && e.a has b && e.a.b has c`.
function lookAlong(left: Expression, names: readonly string[], compile: Compile, findings: Findings): Look {
  const [first = '', ...rest] = names
  const start = lookFor(left, first, compile, findings)
  for (const name of rest) findings.note('other', name)
  return (world) => {
    let found = start(world)
    for (const name of rest) {
      if (found === undefined) return undefined
      found = attributeOf(world, found, name)
    }
    return found
  }
}

function attributeOf(world: World, from: Value, name: string): Value | undefined {
  if (typeof from !== 'object') return wrongType(from, 'record or entity')
  if (from.kind === 'record') return from.fields.get(name)
  if (from.kind !== 'entity') return wrongType(from, 'record or entity')
  return attributeOfNode(findNode(world, from), name)
}

function attributeOfNode(node: Node | null, name: string): Value | undefined {
  return node === null ? undefined : propertyOf(node.attrs, node.attrsForm, name)
}

function lookForTag(left: Expression, right: Expression, compile: Compile, findings: Findings): Look {
  const [entity, name] = [compile(left), compile(right)]
  findings.note(typeof left.Var === 'string' ? left.Var : 'other', '*')
  return (world) => {
    const [from, key] = [entity(world), name(world)]
    if (typeof from !== 'object' || from.kind !== 'entity') return wrongType(from, 'entity')
    if (typeof key !== 'string') return wrongType(key, 'string')
    const node = findNode(world, from)
    return node === null ? undefined : propertyOf(node.tags, node.tagsForm, key)
  }
}
