import type { EntityUid } from '../request.ts'
import type { CompiledPolicy, Scope } from './policy.ts'
import { isEqual, type World } from './world.ts'

/** Visits the policies whose head fits a request. */
export type Candidates<Tally> = (world: World, tally: Tally) => void
/** What is done with each of them. */
export type Visit<Tally> = (policy: CompiledPolicy, world: World, tally: Tally) => void

/** Beyond these the plans are made anew; a stranger may ask about any action and type. */
const PLANS = 4096
const PLANS_OF_ACTION = 64
/** Up to this many policies are looked at one after the other. */
const FEW = 8

type Plan = {
  readonly actionType: string
  readonly above: readonly EntityUid[]
  readonly principalType: string
  readonly resourceType: string
  readonly shelf: Shelf
}
type Part = 'principal' | 'resource'
/** A few policies, and the parts of their heads that are still to be looked at. */
type Few = { readonly policies: readonly CompiledPolicy[]; readonly open: readonly Part[] }
/** Many policies: those that name nobody in one part of their heads, and the others by whom they name, and how. */
type Many = { readonly part: Part; readonly free: Shelf; readonly equal: Named; readonly within: Named }
type Shelf = Few | Many
type Named = ReadonlyMap<string, ReadonlyMap<string, Shelf>>

/**
 * Finds the policies of a request without looking at all: by action and the types of principal and resource, then by
 * the principal and what it is in, then by the resource and what that is in.
 */
export function createCandidates<Tally>(policies: readonly CompiledPolicy[], visit: Visit<Tally>): Candidates<Tally> {
  let plans = new Map<string, Plan[]>()
  let made = 0
  const planOf = (world: World): Plan => {
    const above = world.actionAbove
    const known = plans.get(world.action.id)
    if (known !== undefined) for (const plan of known) if (fits(plan, world, above)) return plan
    if (made >= PLANS || (known?.length ?? 0) >= PLANS_OF_ACTION) [plans, made] = [new Map(), 0]
    const plan = makePlan(policies, world, above)
    plans.set(world.action.id, [...(plans.get(world.action.id) ?? []), plan])
    made += 1
    return plan
  }
  return (world, tally) => visitShelf(planOf(world).shelf, world, tally, visit)
}

function fits(plan: Plan, { principal, action, resource }: World, above: readonly EntityUid[]): boolean {
  if (plan.principalType !== principal.type || plan.resourceType !== resource.type) return false
  if (plan.actionType !== action.type || plan.above.length !== above.length) return false
  return above.length === 0 || plan.above.every((uid, i) => isEqual(uid, above[i] as EntityUid))
}

function makePlan(policies: readonly CompiledPolicy[], world: World, above: readonly EntityUid[]): Plan {
  const { principal, action, resource } = world
  const fitting = policies.filter(
    (policy) =>
      isNamed(policy.action, action, above) &&
      isOfType(policy.principal, principal.type) &&
      isOfType(policy.resource, resource.type),
  )
  const types = { actionType: action.type, principalType: principal.type, resourceType: resource.type }
  return { ...types, above: [...above], shelf: makeShelf(fitting, ['principal', 'resource']) }
}

// `Action::"read"` fits `== Action::"read"` and whatever is `in` it or in something it is in.
function isNamed({ op, entities }: Scope, uid: EntityUid, above: readonly EntityUid[]): boolean {
  if (op === 'All') return true
  const isIt = entities.some((entity) => isEqual(entity, uid))
  return isIt || (op === 'in' && above.some((other) => entities.some((entity) => isEqual(entity, other))))
}

function isOfType({ op, type, entities }: Scope, wanted: string): boolean {
  return op === '==' ? entities.every((entity) => entity.type === wanted) : type === null || type === wanted
}

function makeShelf(policies: readonly CompiledPolicy[], open: readonly Part[]): Shelf {
  const [part, ...rest] = open
  if (part === undefined || policies.length <= FEW) return { policies, open }
  const { free = [], equal = [], within = [] } = Object.groupBy(policies, (policy) => howNamed(policy[part]))
  return { part, free: makeShelf(free, rest), equal: byName(equal, part, rest), within: byName(within, part, rest) }
}

function howNamed({ op, entities }: Scope): 'free' | 'equal' | 'within' {
  return entities.length === 0 ? 'free' : op === '==' ? 'equal' : 'within'
}

function byName(policies: readonly CompiledPolicy[], part: Part, rest: readonly Part[]): Named {
  const nameOf = (policy: CompiledPolicy) => policy[part].entities[0] as EntityUid
  const types = [...Map.groupBy(policies, (policy) => nameOf(policy).type)].map(([type, ofType]) => {
    const ids = [...Map.groupBy(ofType, (policy) => nameOf(policy).id)]
    return [type, new Map(ids.map(([id, ofId]) => [id, makeShelf(ofId, rest)]))] as const
  })
  return new Map(types)
}

function visitShelf<Tally>(shelf: Shelf, world: World, tally: Tally, visit: Visit<Tally>): void {
  if ('policies' in shelf) {
    for (const policy of shelf.policies) if (applies(policy, shelf.open, world)) visit(policy, world, tally)
    return
  }
  const isPrincipal = shelf.part === 'principal'
  const self = isPrincipal ? world.principal : world.resource
  const above = isPrincipal ? world.principalAbove : world.resourceAbove
  visitShelf(shelf.free, world, tally, visit)
  visitNamed(shelf.equal, self, world, tally, visit)
  visitNamed(shelf.within, self, world, tally, visit)
  for (const uid of above) visitNamed(shelf.within, uid, world, tally, visit)
}

function visitNamed<Tally>(
  named: Named,
  { type, id }: EntityUid,
  world: World,
  tally: Tally,
  visit: Visit<Tally>,
): void {
  if (named.size === 0) return
  const shelf = named.get(type)?.get(id)
  if (shelf !== undefined) visitShelf(shelf, world, tally, visit)
}

// The plan has seen to the action and the types.
function applies({ principal, resource }: CompiledPolicy, open: readonly Part[], world: World): boolean {
  if (open.length === 0) return true
  if (open.length === 2 && !isAt(principal, world.principal, world.principalAbove)) return false
  return isAt(resource, world.resource, world.resourceAbove)
}

function isAt({ op, entities }: Scope, uid: EntityUid, above: readonly EntityUid[]): boolean {
  if (entities.length === 0) return true
  const entity = entities[0] as EntityUid
  if (isEqual(entity, uid)) return true
  if (op !== '==') for (const other of above) if (isEqual(other, entity)) return true
  return false
}
