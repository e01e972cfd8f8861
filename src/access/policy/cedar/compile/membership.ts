import type { Compile, Evaluate, Expression, Findings } from './expression.ts'
import { isSet } from './operators.ts'
import { type Reference, type Value, wrongType } from './value.ts'
import { isIn, type World } from './world.ts'

type Sides = { readonly left: Expression; readonly right: Expression }
type TypeTest = { readonly left: Expression; readonly entity_type: string; readonly in?: Expression }

/** `in` and `is`. */
export const membership = {
  in: ({ left, right }: Sides, compile: Compile): Evaluate => isWithin(compile(left), compile(right)),
  is: ({ left, entity_type, in: above }: TypeTest, compile: Compile, findings: Findings): Evaluate => {
    findings.noteType(entity_type)
    const [entity, within] = [compile(left), above === undefined ? null : compile(above)]
    return typeTest(entity, entity_type, within)
  },
}

function isWithin(left: Evaluate, right: Evaluate): Evaluate {
  return (world) => within(world, left(world), right(world))
}

function typeTest(left: Evaluate, type: string, right: Evaluate | null): Evaluate {
  return (world) => {
    const entity = left(world)
    if (!isReference(entity)) return wrongType(entity, 'entity')
    if (entity.type !== type || right === null) return entity.type === type
    return within(world, entity, right(world))
  }
}

function within(world: World, entity: Value, above: Value): Value {
  if (!isReference(entity)) return wrongType(entity, 'entity')
  if (isReference(above)) return isIn(world, entity, above)
  if (!isSet(above)) return wrongType(above, 'entity or set of entities')
  const stranger = above.items.find((item) => !isReference(item))
  if (stranger !== undefined) return wrongType(stranger, 'entity')
  return above.items.filter(isReference).some((item) => isIn(world, entity, item))
}

function isReference(value: Value): value is Reference {
  return typeof value === 'object' && value.kind === 'entity'
}
