import { AsyncLocalStorage } from 'node:async_hooks'

/** Whose rows the queries of a piece of work see, on PostgreSQL. Outside of every scope they see no row of anybody. */
export type Scopes = {
  /**
   * Runs work that acts in one organization: its queries see and change rows of that organization alone, whatever their
   * WHERE says. It holds for everything that the work awaits.
   *
   * @throws when called inside the scope of another organization: what acts in two says so by `across` first
   * @example store.within(organizationOf(caller), () => keys.list(filter, page, caller))
   */
  readonly within: <R>(organization: string, work: () => R) => R
  /**
   * Runs work that by its nature sees rows of every organization, such as finding a key by its digest.
   *
   * @param reason why it must; read in the code by whoever looks for what is not held to one organization
   */
  readonly across: <R>(reason: string, work: () => R) => R
}

/** What a connection is told: an organization, everything, or nothing. */
export const ALL = '*'
export const NOTHING = ''

const scopes = new AsyncLocalStorage<string>()

/** The scope that queries of this moment run in. */
export function scopeNow(): string {
  return scopes.getStore() ?? NOTHING
}

export function within<R>(organization: string, work: () => R): R {
  if (organization === NOTHING || organization === ALL) throw new Error('that is no organization')
  const around = scopeNow()
  if (around !== NOTHING && around !== ALL && around !== organization) {
    throw new Error(`work in ${organization} was called inside work in ${around}`)
  }
  return scopes.run(organization, work)
}

export function across<R>(_reason: string, work: () => R): R {
  return scopes.run(ALL, work)
}

/** Keeps the scope of this moment for work that somebody else will call for. */
export function inScopeOfNow<A extends readonly unknown[], R>(work: (...given: A) => R): (...given: A) => R {
  const scope = scopeNow()
  return (...given) => scopes.run(scope, () => work(...given))
}
