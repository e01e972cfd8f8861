import type { Json, Properties, Question } from '../decision/question.ts'
import type { Entity, EntityUid, PolicyRequest } from './cedar/request.ts'

/** A question in Cedar's words, or null where a type has no name there. */
export type CedarQuestion = { readonly request: PolicyRequest; readonly entities: readonly Entity[] }

// Deeper than anything that describes a thing; what lies deeper is not there for a policy that asks for it.
const DEEPEST = 12
const TYPE = /^[A-Za-z_][A-Za-z0-9_]*$/
const ADDRESS = /^[0-9a-fA-F:.]{2,45}$/
// The numbers of Cedar are whole ones of 64 bits, and decimals of four places.
const MOST_DECIMAL = 900_000_000_000_000

/**
 * Puts a question into Cedar's words: the types `order` and `order-line` are `Order` and `Order_line`, a principal stands in
 * its roles (`principal in Role::"editor"`), properties are attributes, `id` is one always, and the resource without an id
 * is `Order::""`.
 * `context.now` is the moment of the question, `context.ip` an address.
 *
 * @param now milliseconds since the epoch
 */
export function asCedar({ principal, action, resource, context }: Question, now: number): CedarQuestion | null {
  const [who, what] = [uidOf(principal.type, principal.id), uidOf(resource.type, resource.id ?? '')]
  if (who === null || what === null) return null
  const parents = principal.roles.map((id) => ({ type: 'Role', id }))
  const asking: Entity = { uid: who, attrs: { ...attributesOf(principal.properties), id: principal.id }, parents }
  const asked: Entity = {
    uid: what,
    attrs: { ...attributesOf(resource.properties), id: resource.id ?? '' },
    parents: [],
  }
  return {
    request: {
      principal: who,
      action: { type: 'Action', id: action },
      resource: what,
      context: contextOf(context, now),
    },
    entities: who.type === what.type && who.id === what.id ? [merged(asking, asked)] : [asking, asked],
  }
}

/** The name of a type in policies, or null where there is none. */
export function cedarType(type: string): string | null {
  const name = type.replaceAll(/[-.]/g, '_')
  return TYPE.test(name) ? `${name.charAt(0).toUpperCase()}${name.slice(1)}` : null
}

function uidOf(type: string, id: string): EntityUid | null {
  const name = cedarType(type)
  return name === null || !id.isWellFormed() ? null : { type: name, id }
}

// Whoever asks about themselves is one entity, and what is known of who asks is the better known.
function merged(asking: Entity, asked: Entity): Entity {
  return { ...asking, attrs: { ...asked.attrs, ...asking.attrs } }
}

function contextOf(context: Properties, now: number): Properties {
  const { ip, ...rest } = context
  const moment: Json = { __extn: { fn: 'datetime', arg: new Date(now).toISOString() } }
  const address: { [name: string]: Json } =
    typeof ip === 'string' && ADDRESS.test(ip) ? { ip: { __extn: { fn: 'ip', arg: ip } } } : {}
  return { ...attributesOf(rest), ...address, now: moment }
}

/** Properties as attributes: Cedar has no null and no fractions of more than four places, so such are not there. */
export function attributesOf(properties: Properties): Properties {
  return recordOf(properties, 0)
}

function recordOf(properties: Properties, depth: number): Properties {
  const attributes = Object.entries(properties).flatMap(([name, value]) => {
    const written = cedarValue(value, depth)
    return written === null ? [] : [[name, written] as const]
  })
  return Object.fromEntries(attributes)
}

function cedarValue(value: Json, depth: number): Json | null {
  if (typeof value === 'number') return numberOf(value)
  if (typeof value === 'string') return value.isWellFormed() ? value : null
  if (typeof value === 'boolean' || value === null) return value
  if (depth >= DEEPEST) return null
  if (isList(value)) return value.flatMap((item) => cedarValue(item, depth + 1) ?? [])
  return recordOf(value, depth + 1)
}

function numberOf(value: number): Json | null {
  if (Number.isSafeInteger(value)) return value
  const text = value.toFixed(4)
  const isExact = Math.abs(value) < MOST_DECIMAL && Number(text) === value
  return isExact ? { __extn: { fn: 'decimal', arg: text } } : null
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
