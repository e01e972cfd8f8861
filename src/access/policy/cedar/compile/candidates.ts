import type { EntityUid } from '../request.ts'
import type { CompiledPolicy, Scope } from './policy.ts'
import { isEqual, type World } from './world.ts'

/** The policies that may apply to a request, and a few more: what a plan leaves open `applies` tells. */
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
/** A few policies; or those that name nobody in one part of their scope, and the others by whom they name. */
type Shelf = readonly CompiledPolicy[] | Branch
type Branch = {
  readonly part: Part
  readonly free: Shelf
  readonly named: ReadonlyMap<string, ReadonlyMap<string, Shelf>>
}

/**
 * Finds the policies of a request without looking at all: by action and the types of principal and resource, then by
 * the principal and what it is in, then by the resource and what that is in.
 */
export function createCandidates<Tally>(policies: readonly CompiledPolicy[], visit: Visit<Tally>): Candidates<Tally> {
  let plans = new Map<string, Plan[]>()
  let made = 0
  const planOf = (world: World): Plan => {
    const above = world.above.action
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

function makeShelf(policies: readonly CompiledPolicy[], [part, ...rest]: readonly Part[]): Shelf {
  if (part === undefined || policies.length <= FEW) return policies
  const nameOf = (policy: CompiledPolicy) => policy[part].entities[0]
  const free = policies.filter((policy) => nameOf(policy) === undefined)
  const types = Map.groupBy(policies, (policy) => nameOf(policy)?.type)
  const named = [...types].flatMap(([type, ofType]) => {
    const ids = Map.groupBy(ofType, (policy) => nameOf(policy)?.id)
    const shelves = [...ids].flatMap(([id, ofId]) => (id === undefined ? [] : [[id, makeShelf(ofId, rest)] as const]))
    return type === undefined ? [] : [[type, new Map(shelves)] as const]
  })
  return { part, free: makeShelf(free, rest), named: new Map(named) }
}

function isFew(shelf: Shelf): shelf is readonly CompiledPolicy[] {
  return Array.isArray(shelf)
}

function visitShelf<Tally>(shelf: Shelf, world: World, tally: Tally, visit: Visit<Tally>): void {
  if (isFew(shelf)) {
    for (const policy of shelf) visit(policy, world, tally)
    return
  }
  const { part, free, named } = shelf
  visitShelf(free, world, tally, visit)
  visitNamed(named, world[part], world, tally, visit)
  for (const uid of world.above[part]) visitNamed(named, uid, world, tally, visit)
}

function visitNamed<Tally>(
  named: Branch['named'],
  { type, id }: EntityUid,
  world: World,
  tally: Tally,
  visit: Visit<Tally>,
): void {
  const shelf = named.get(type)?.get(id)
  if (shelf !== undefined) visitShelf(shelf, world, tally, visit)
}

/** Whether the head of a policy fits, where the plan has seen to the action and the types. */
export function applies({ principal, resource }: CompiledPolicy, world: World): boolean {
  return isAt(principal, world, 'principal') && isAt(resource, world, 'resource')
}

function isAt({ op, entities }: Scope, world: World, part: Part): boolean {
  const [entity] = entities
  if (entity === undefined || isEqual(entity, world[part])) return true
  if (op !== '==') for (const uid of world.above[part]) if (isEqual(uid, entity)) return true
  return false
}
