import type { Library } from '../library.ts'
import type { Entity, PolicyAnswer, PolicyFault, PolicyRequest, PolicySource } from '../request.ts'
import type { Steps } from '../turns.ts'
import { createCandidates } from './candidates.ts'
import { createNeeds, type Needs } from './needs.ts'
import { plainForms } from './plain.ts'
import { type CompiledPolicy, type Conditions, compilePolicy } from './policy.ts'
import { schemaForms } from './schema.ts'
import { type Forms, readWorld, type World } from './world.ts'

export type Compiled = {
  /** Null where only the judge can say something about this request. */
  readonly decide: (request: PolicyRequest, entities: readonly Entity[]) => PolicyAnswer | null
  readonly needs: Needs
  /** What was found that is not known here. With anything in it the policies are for the judge alone. */
  readonly unknown: readonly string[]
}

/** Turns policies that Cedar has parsed into functions. What is not known here is named, and never guessed. */
export function* compilePolicies({ ask }: Library, { policies, schema }: PolicySource): Steps<Compiled> {
  const unknown = new Set<string>()
  const needs = createNeeds()
  const conditions: Conditions = new Map()
  const found = { unknown, note: needs.note, noteType: needs.noteType }
  const compiled: CompiledPolicy[] = []
  for (const policy of policies) {
    const done = ask((cedar) => compilePolicy(cedar, policy, found, conditions))
    if (done === null) unknown.add('policy without JSON')
    else compiled.push(done)
    yield
  }
  for (const policy of compiled) needs.noteScope(policy)
  const forms = schema === undefined ? plainForms() : ask((cedar) => schemaForms(cedar, schema, unknown))
  return Object.freeze({ decide: createDecide(compiled, forms), needs: needs.found(), unknown: [...unknown] })
}

function createDecide(policies: readonly CompiledPolicy[], forms: Forms): Compiled['decide'] {
  const visitCandidates = createCandidates<Tally>(policies, count)
  return (request, entities) => {
    const world = readWorld(forms, request, entities)
    if (world === null) return null
    const tally: Tally = { permits: NONE, forbids: NONE, errors: NONE }
    visitCandidates(world, tally)
    return answerOf(tally)
  }
}

type Tally = { permits: readonly string[]; forbids: readonly string[]; errors: readonly PolicyFault[] }
const NONE: readonly never[] = Object.freeze([])

function count(policy: CompiledPolicy, world: World, tally: Tally): void {
  const holds = policy.holds(world)
  if (holds === false) return
  if (holds !== true) tally.errors = [...tally.errors, { policy: policy.id, message: holds.message }]
  else if (policy.effect === 'forbid') tally.forbids = [...tally.forbids, policy.id]
  else tally.permits = [...tally.permits, policy.id]
}

function answerOf({ permits, forbids, errors }: Tally): PolicyAnswer {
  const isDenied = forbids.length > 0 || permits.length === 0
  const deciding = forbids.length > 0 ? forbids : permits
  const determining = deciding.length > 1 ? deciding.toSorted() : deciding
  return { decision: isDenied ? 'deny' : 'allow', determining, errors }
}
