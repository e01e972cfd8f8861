import { hash } from 'node:crypto'
import { DEFAULT_ORGANIZATION, type Event, type EventTable } from '../core/index.ts'
import type { Webhook } from './webhook.ts'

/** Names of what the record knows under other types: the uses of keys, wherever they were used (row K25). */
const ALIASES: Readonly<
  Record<string, readonly { readonly type: string; readonly key: (event: Event) => string | null }[]>
> = {
  'key.used': [
    { type: 'request.allowed', key: keyOfCredential },
    { type: 'key.verified', key: keyAskedFor },
  ],
  'key.denied': [
    { type: 'request.denied', key: keyOfCredential },
    { type: 'key.denied', key: keyAskedFor },
  ],
}

/** Events of ordinary traffic: there may be thousands a second, so they are told only to whoever names them, and sampled. */
const TRAFFIC = /^(request\.|api\.|key\.(used|verified|denied)$)/
/** Told by `key.*` too: a refused key is what people want to hear of. */
const REMARKABLE: ReadonlySet<string> = new Set(['key.denied'])
/** A webhook that is told of its own failures would never come to rest. */
const NEVER: ReadonlySet<string> = new Set(['webhook.delivery_failed'])

const PATTERN = /^[a-z_]+\.(\*|[a-z_]+)$|^\*$/

/** What webhooks can be told of. */
export type Catalog = {
  /** Every name that can be asked for, in their order. */
  readonly names: readonly string[]
  /** What is wrong with a name or pattern, or null. */
  readonly fault: (pattern: string) => string | null
  /** The types in the record that some patterns ask for. */
  readonly types: (patterns: readonly string[]) => ReadonlySet<string>
  /** The name under which a webhook is told an event, or null when it is not. */
  readonly nameFor: (webhook: Webhook, event: Event) => Told | null
}

export type Told = {
  readonly name: string
  /** The key it is about, for events about keys. */
  readonly keyId: string | null
  readonly isTraffic: boolean
}

/** @param tables every event there is */
export function createCatalog(tables: readonly EventTable[]): Catalog {
  const known = new Set([...tables.flatMap((table) => Object.keys(table)), ...Object.keys(ALIASES)])
  for (const name of NEVER) known.delete(name)
  const names = Object.freeze([...known].sort())
  const matching = (pattern: string): readonly string[] => names.filter((name) => matches(pattern, name))

  function fault(pattern: string): string | null {
    if (!PATTERN.test(pattern)) return 'must be the name of an event, or `key.*` for all that begin alike'
    if (matching(pattern).length > 0) return null
    return pattern.endsWith('*')
      ? 'begins like no event that can be told'
      : 'is no event that can be told; GET /v1/webhooks/events lists them'
  }

  return Object.freeze({
    names,
    fault,
    types: (patterns: readonly string[]) => new Set(patterns.flatMap(matching).flatMap(typesOf)),
    nameFor: (webhook: Webhook, event: Event) => nameFor(webhook, event),
  })
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.endsWith('*')) return pattern === name
  return name.startsWith(pattern.slice(0, -1)) && (!TRAFFIC.test(name) || REMARKABLE.has(name))
}

function typesOf(name: string): readonly string[] {
  return ALIASES[name]?.map(({ type }) => type) ?? [name]
}

function nameFor(webhook: Webhook, event: Event): Told | null {
  if (event.at < webhook.since || !isOwn(webhook, event)) return null
  const told = namesOf(event).find(({ name }) => webhook.events.some((pattern) => matches(pattern, name)))
  if (told === undefined || NEVER.has(told.name)) return null
  return told.isTraffic && !isSampled(told.name, event.id, webhook.sample) ? null : told
}

// What belongs to no organization is the operator's, whose organization is the default one. Nobody hears of themselves.
function isOwn({ id, organization }: Webhook, event: Event): boolean {
  return (event.organization ?? DEFAULT_ORGANIZATION) === organization && event.resource !== id
}

function namesOf(event: Event): Told[] {
  const { type } = event
  const aliased = Object.entries(ALIASES).flatMap(([name, sources]) => {
    const source = sources.find((it) => it.type === type)
    const keyId = source?.key(event) ?? null
    return keyId === null ? [] : [{ name, keyId, isTraffic: true }]
  })
  if (Object.hasOwn(ALIASES, type)) return aliased
  const keyId = type.startsWith('key.') ? event.resource : null
  return [...aliased, { name: type, keyId, isTraffic: TRAFFIC.test(type) }]
}

function keyOfCredential({ credential }: Event): string | null {
  return credential?.startsWith('key_') === true ? credential : null
}

function keyAskedFor({ details }: Event): string | null {
  const asked = details?.for
  return typeof asked === 'string' ? asked : null
}

// By the event, not by chance: whoever looks at the same event again decides the same. Refusals are never left out.
function isSampled(name: string, eventId: string, sample: number): boolean {
  if (sample >= 1 || REMARKABLE.has(name)) return true
  return Number.parseInt(hash('sha256', eventId, 'hex').slice(0, 8), 16) < sample * 2 ** 32
}
