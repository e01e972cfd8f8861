import { readFile } from 'node:fs/promises'
import type { Config, Route } from '../../config/index.ts'
import { type Clock, type Principal, Secret, timeOfId } from '../../core/index.ts'
import type { OwnPages } from '../../gateway/index.ts'
import { createFlows, type Flows, type FlowsDeps, type LoadedFlows, VERIFY_PREFIX } from '../../guard/index.ts'
import { addressKey, createLimits, type Limits } from '../../limits/index.ts'
import type { Secrets } from '../../secrets/index.ts'

// Only what was solved is kept there, and attempts at it, so no stranger fills it.
const USED = 100_000

type Deps = Pick<FlowsDeps, 'countryOf' | 'safeFetch' | 'record'> & {
  readonly config: Pick<Config, 'redis'>
  readonly clock: Clock
  readonly limits: Pick<Limits, 'check'>
  readonly secrets: Pick<Secrets, 'keep'>
}

/** The flows of this process. What may be used once is counted apart where it is counted here: nobody can have it forgotten. */
export function openFlows({ config, clock, limits, secrets, ...deps }: Deps): Flows {
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const used = config.redis.url === null ? createLimits({ clock, capacity: USED }) : limits
  return createFlows({
    ...deps,
    now: clock.now,
    key: () => secrets.keep('guard.flows', () => randomBytes(32)),
    check: limits.check,
    checkOnce: used.check,
    addressKey,
    createdAt,
    secretOf: async ({ verify: { secretFile } }) =>
      new Secret((await readFile(secretFile ?? '', 'utf8')).replace(/\r?\n$/, '')),
  })
}

/** What is asked in the flow of a route, by a configuration that was loaded. */
export function flowsOf(flows: Flows): {
  readonly of: (route: Route, hasRules: boolean) => ReturnType<LoadedFlows['of']> | null
  readonly pages: (routes: readonly Route[]) => OwnPages | null
} {
  const loaded = flows.load()
  const known = new Map<string, ReturnType<LoadedFlows['of']>>()
  return Object.freeze({
    of: (route: Route, hasRules: boolean) => {
      if (route.flow === null) return null
      const made = known.get(route.id) ?? loaded.of({ id: route.id, path: route.match.path }, route.flow, hasRules)
      known.set(route.id, made)
      return made
    },
    pages: (routes: readonly Route[]) =>
      routes.some(({ flow }) => flow !== null) ? { prefix: VERIFY_PREFIX, answer: loaded.answer } : null,
  })
}

// Ids of ours tell when they were made. Of somebody whom another issuer knows it is not known.
function createdAt({ kind, id }: Principal): number | null {
  if (kind === 'user') return timeOfId('usr', id)
  return kind === 'service' ? (timeOfId('svc', id) ?? timeOfId('cli', id)) : null
}
