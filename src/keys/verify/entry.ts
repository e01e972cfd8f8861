import { type Holding, narrow } from '../../access/index.ts'
import { type Address, contains, type Network, type Principal, parseNetwork } from '../../core/index.ts'
import { type Ask, askOf, type Tier, type TierOf } from '../../limits/index.ts'
import { ANY_ADDRESS, type Key, LIMIT_WINDOWS } from '../key.ts'
import type { KeyOwner } from '../owner.ts'
import { type DomainRule, domainRule } from './domain.ts'
import { type ResourceRule, resourceRule } from './resource.ts'

/** A key made ready for many verifications: every rule parsed once, the principal frozen once. */
export type Entry = {
  readonly key: Key
  readonly principal: Principal
  /** Whether its owner is there and enabled: a disabled owner disables its keys (row K18). */
  readonly ownerEnabled: boolean
  /** When its owner loses something by time, in milliseconds: whoever still holds the entry must look it up again. */
  readonly holdsUntil: number
  readonly networks: readonly Network[]
  readonly domains: readonly DomainRule[]
  readonly resources: readonly ResourceRule[]
  readonly asks: readonly Ask[]
  /** Whether limits of a tier are among its own. */
  readonly tiered: boolean
  /** Set when the record changed; whoever still holds the entry must look it up again. */
  stale: boolean
}

/**
 * Parses a record's rules and settles what the key gives. They were checked when stored, so a rule that does not parse is a
 * broken record: a bug.
 *
 * @param owner null when there is nobody any more: then the key gives nothing
 * @param tierOf which tier it has: its places and bodies are then those that both allow
 */
export function entryOf(stored: Key, owner: KeyOwner | null, tierOf?: TierOf): Entry {
  const principal = principalOf(stored, owner)
  const tier = tierOf?.(principal) ?? null
  const key = tier === null ? stored : within(stored, tier)
  return {
    key,
    tiered: tier !== null,
    ownerEnabled: owner?.enabled === true,
    holdsUntil: owner?.holdsUntil ?? Number.POSITIVE_INFINITY,
    principal,
    networks: key.allowedIps.includes(ANY_ADDRESS) ? [] : key.allowedIps.map(storedNetwork),
    domains: key.allowedDomains.map(domainRule),
    resources: key.resources.map(resourceRule),
    asks: asksOf(key, tier),
    stale: false,
  }
}

/** Whether an address is inside one of the networks; an unknown address is inside none. */
export function isInside(networks: readonly Network[], address: Address | null): boolean {
  return address !== null && networks.some((network) => contains(network, address))
}

// What the owner does not hold (any more), the key does not give (row K9).
function principalOf(key: Key, owner: KeyOwner | null): Principal {
  const { classification, environment } = key
  const { scopes, permissions } = narrow(key, owner?.holds ?? NOTHING)
  const roles = owner?.rolesWithin({ scopes, permissions }) ?? []
  return Object.freeze({
    kind: key.owner.kind,
    id: key.owner.id,
    organization: key.organization,
    scopes: Object.freeze([...scopes]),
    permissions: Object.freeze([...permissions]),
    ...(roles.length === 0 ? {} : { roles: Object.freeze([...roles]) }),
    credential: Object.freeze({ kind: 'api_key', id: key.id, classification, environment }),
  })
}

const NOTHING: Holding = Object.freeze({ scopes: [], permissions: [] })

function storedNetwork(text: string): Network {
  const network = parseNetwork(text)
  if (typeof network === 'string') throw new Error(`a stored key carries a broken network: ${network}`)
  return network
}

function within(key: Key, { atOnce, maxBody }: Tier): Key {
  return { ...key, concurrency: least(key.concurrency, atOnce), maxBody: least(key.maxBody, maxBody) }
}

function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

/** A key's rate limits and those of its tier as questions to the limiter, made once for each entry. */
function asksOf(key: Key, tier: Tier | null): readonly Ask[] {
  const own = key.rateLimits.map(({ max, per, burst }, i) =>
    askOf(Object.freeze({ name: `key-${per}-${i + 1}`, max, per: LIMIT_WINDOWS[per], burst: burst ?? null }), key.id),
  )
  return tier === null ? own : [...tier.rules.map((rule) => askOf(rule, `tier key ${key.id}`)), ...own]
}
