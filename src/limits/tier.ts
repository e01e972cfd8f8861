import type { Principal } from '../core/index.ts'
import type { Rule } from './rule.ts'
import { type DeclaredRate, rulesOf } from './rule-of.ts'

/** What callers of one kind may do: each of their API keys by itself, and whoever has none. */
export type Tier = {
  readonly name: string
  readonly rules: readonly Rule[]
  /** The most requests that are answered at once; null for any number. */
  readonly atOnce: number | null
  /** Bytes of one body; null for as many as the route takes. */
  readonly maxBody: number | null
}

/** The tier that somebody has, or null. */
export type TierOf = (principal: Principal) => Tier | null

/** Tiers as they are declared: what each allows, and who has which. The first that is about somebody counts. */
export type TierSettings = {
  readonly tiers: Readonly<
    Record<
      string,
      {
        readonly rates: readonly DeclaredRate[]
        readonly atOnce: number | null
        readonly maxBody: number | null
      }
    >
  >
  readonly tierOf: readonly {
    readonly tier: string
    /** Of API keys alone; null for every credential. */
    readonly environments: readonly string[] | null
    readonly organizations: readonly string[] | null
  }[]
}

/**
 * Makes the tiers (row L4).
 *
 * @throws RangeError for a tier that is not there, and a rate that could not be enforced as it reads
 * @example createTiers(config.limits)(principal)?.name // 'production'
 */
export function createTiers({ tiers, tierOf }: TierSettings): TierOf {
  if (tierOf.length === 0) return () => null
  const made = new Map(Object.entries(tiers).map(([name, table]) => [name, tierFrom(name, table)]))
  const rows = tierOf.map((row) => {
    const tier = made.get(row.tier)
    if (tier === undefined) throw new RangeError(`there is no tier ${row.tier}`)
    return { ...row, tier }
  })
  return (principal) => {
    if (principal.kind === 'anonymous') return null
    return rows.find((row) => isAbout(row, principal))?.tier ?? null
  }
}

function tierFrom(name: string, { rates, atOnce, maxBody }: TierSettings['tiers'][string]): Tier {
  return Object.freeze({ name, rules: rulesOf(rates.map((rate) => ({ ...rate, what: name }))), atOnce, maxBody })
}

type Row = Omit<TierSettings['tierOf'][number], 'tier'>

function isAbout({ environments, organizations }: Row, { credential, organization }: Principal): boolean {
  const environment = credential?.environment
  if (environments !== null && (environment === undefined || !environments.includes(environment))) return false
  return organizations === null || (organization !== null && organizations.includes(organization))
}
