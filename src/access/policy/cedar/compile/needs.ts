import type { CompiledPolicy } from './policy.ts'

/** What policies look at, so that nobody has to load more. `*` among the names stands for everything. */
export type Needs = {
  readonly principal: readonly string[]
  readonly action: readonly string[]
  readonly resource: readonly string[]
  readonly context: readonly string[]
  /** Attributes of whatever is reached through other attributes, of any type. */
  readonly other: readonly string[]
  /** Types that policies name: of entities, and of what entities are in. */
  readonly types: readonly string[]
}

type Variable = Exclude<keyof Needs, 'types'>

/** Collects what policies look at while they are compiled. */
export function createNeeds() {
  const names: Record<Variable, Set<string>> = {
    principal: new Set(),
    action: new Set(),
    resource: new Set(),
    context: new Set(),
    other: new Set(),
  }
  const types = new Set<string>()
  return {
    note: (variable: string, attribute: string) => {
      const known = Object.hasOwn(names, variable) ? (variable as Variable) : 'other'
      names[known].add(attribute)
    },
    noteType: (type: string) => types.add(type),
    noteScope: ({ principal, resource }: CompiledPolicy) => {
      for (const { type, entities } of [principal, resource]) {
        for (const name of [type, ...entities.map((entity) => entity.type)]) if (name !== null) types.add(name)
      }
    },
    found: (): Needs => {
      const sorted = (found: ReadonlySet<string>) => Object.freeze([...found].sort())
      const { principal, action, resource, context, other } = names
      const variables = { principal: sorted(principal), action: sorted(action), resource: sorted(resource) }
      return Object.freeze({ ...variables, context: sorted(context), other: sorted(other), types: sorted(types) })
    },
  }
}
