import { LRUCache } from 'lru-cache'
import {
  type Clock,
  createId,
  type Event,
  type EventDetail,
  type EventInput,
  type EventTable,
  type Outcome,
} from '../core/index.ts'
import { redactText } from '../secrets/index.ts'

/** An event ready to be written: all but its place is in `rest`, what has a column of its own in `event` too. */
export type Entry = { readonly event: Pick<Event, 'at' | 'type' | 'outcome' | 'credential'>; readonly rest: string }
/** An event that was just made, whole. */
export type MadeEntry = Entry & { readonly event: Event }

/** An event and its place in a log. */
export type PlacedEvent = { readonly log: string; readonly seq: number; readonly event: Event }

/** The fields in the order of the canonical form. It never changes; a new field goes to the end. */
export const FIELDS = [
  'id',
  'at',
  'type',
  'outcome',
  'credential',
  'code',
  'principalKind',
  'principal',
  'organization',
  'address',
  'country',
  'userAgent',
  'method',
  'route',
  'resource',
  'status',
  'duration',
  'bytesIn',
  'bytesOut',
  'requestId',
  'traceId',
  'details',
] as const satisfies readonly (keyof Event)[]

const LONGEST = {
  code: 64,
  principalKind: 32,
  principal: 128,
  credential: 128,
  organization: 128,
  address: 64,
  country: 8,
  userAgent: 256,
  method: 32,
  route: 128,
  resource: 1024,
  requestId: 128,
  traceId: 64,
} as const
const LONGEST_DETAIL = 512
const CUT = '…'

// What JSON escapes (controls, halves of surrogate pairs), and what it does not but a terminal obeys.
const ODD = /[\\\x7f-\x9f\u2028\u2029]/
const ODD_CHARACTERS = /[\p{Cc}\p{Cs}\u2028\u2029]/gu

/**
 * Turns what a caller tells into an event: absent fields are null, texts are bounded, without secrets and without
 * control characters.
 *
 * @throws on a type or a detail that no table of events has: that is a bug of the caller
 */
export function createEntryMaker(tables: readonly EventTable[], clock: Clock): (input: EventInput) => MadeEntry {
  const definitions = merged(tables)
  const frequent = rememberClean()

  return (input) => {
    const allowed = definitions.get(input.type)
    if (allowed === undefined) throw new Error(`no table of events has the type "${input.type}"`)
    const event = bounded(input, detailsOf(input, allowed), clock, frequent)
    const rest = toRest(event)
    if (!ODD.test(rest)) return { event, rest }
    const plain = withoutOddCharacters(event)
    return { event: plain, rest: toRest(plain) }
  }
}

/** The canonical form of an event at its place: the text that is hashed and stored. */
export function bodyOf(log: string, seq: number, rest: string): string {
  return `["${log}",${seq},${rest}`
}

// The fields that have columns stand first, and none of their values needs escaping.
const FIRST = /^"[^"\\]*",(\d+),"([^"\\]*)","(success|denied|failure)",(?:null|"([^"\\]*)"),/

/** An entry again, from what was kept of it while it waited: reading all of it would cost more than writing it. */
export function entryFrom(rest: string): Entry {
  const found = FIRST.exec(rest)
  if (found === null) throw new Error('a waiting event is damaged')
  const [, at, type = '', outcome, credential = null] = found
  return { event: { at: Number(at), type, outcome: outcome as Outcome, credential }, rest }
}

/** The canonical form from the fields alone, for those who have no stored one. */
export function bodyFrom({ log, seq, event }: PlacedEvent): string {
  return bodyOf(log, seq, toRest(event))
}

/** Reads a canonical form. @returns null when the text is none */
export function readBody(body: string): PlacedEvent | null {
  const parts = parse(body)
  if (!Array.isArray(parts) || parts.length !== FIELDS.length + 2) return null
  const [log, seq, ...values] = parts
  if (typeof log !== 'string' || typeof seq !== 'number') return null
  const event = Object.fromEntries(FIELDS.map((field, i) => [field, values[i]])) as unknown as Event
  return { log, seq, event }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function toRest(event: Event): string {
  return JSON.stringify([
    event.id,
    event.at,
    event.type,
    event.outcome,
    event.credential,
    event.code,
    event.principalKind,
    event.principal,
    event.organization,
    event.address,
    event.country,
    event.userAgent,
    event.method,
    event.route,
    event.resource,
    event.status,
    event.duration,
    event.bytesIn,
    event.bytesOut,
    event.requestId,
    event.traceId,
    event.details,
  ]).slice(1)
}

function merged(tables: readonly EventTable[]): ReadonlyMap<string, readonly string[]> {
  const definitions = new Map<string, readonly string[]>()
  for (const table of tables) {
    for (const [type, { details }] of Object.entries(table)) {
      if (definitions.has(type)) throw new Error(`two tables of events have the type "${type}"`)
      definitions.set(type, details)
    }
  }
  return definitions
}

function bounded(input: EventInput, details: Event['details'], clock: Clock, frequent: typeof free): Event {
  const at = input.at ?? clock.now()
  return {
    id: createId('evt', at),
    at,
    type: input.type,
    outcome: input.outcome,
    code: short(input.code, LONGEST.code),
    principalKind: short(input.principalKind, LONGEST.principalKind),
    principal: short(input.principal, LONGEST.principal),
    credential: short(input.credential, LONGEST.credential),
    organization: short(input.organization, LONGEST.organization),
    address: short(input.address, LONGEST.address),
    country: short(input.country, LONGEST.country),
    userAgent: frequent(input.userAgent, LONGEST.userAgent),
    method: frequent(input.method, LONGEST.method),
    route: short(input.route, LONGEST.route),
    resource: frequent(input.resource, LONGEST.resource),
    status: number(input.status),
    duration: number(input.duration),
    bytesIn: number(input.bytesIn),
    bytesOut: number(input.bytesOut),
    requestId: free(input.requestId, LONGEST.requestId),
    traceId: free(input.traceId, LONGEST.traceId),
    details,
  }
}

const REMEMBERED = 1024
const LONGEST_REMEMBERED = 128

// Some texts come again and again: a method, a path, what a client calls itself.
function rememberClean(): typeof free {
  const known = new LRUCache<string, string>({ max: REMEMBERED })
  return (text, longest) => {
    if (text === undefined || text === null) return null
    if (text.length > LONGEST_REMEMBERED) return clean(text, longest)
    const before = known.get(text)
    if (before !== undefined) return cut(before, longest)
    const found = clean(text, LONGEST_REMEMBERED)
    known.set(text, found)
    return cut(found, longest)
  }
}

type Told<T> = T | null | undefined

function short(text: Told<string>, longest: number): string | null {
  return text === undefined || text === null ? null : cut(text, longest)
}

// A text that a stranger wrote.
function free(text: Told<string>, longest: number): string | null {
  return text === undefined || text === null ? null : clean(text, longest)
}

function number(value: Told<number>): number | null {
  if (value === undefined || value === null) return null
  if (!Number.isFinite(value)) throw new Error('what counts or measures in an event must be a number')
  return value
}

// A secret that the cut would halve is found before it.
function clean(text: string, longest: number): string {
  return cut(redactText(cut(text, longest * 4)), longest)
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : text.slice(0, longest - CUT.length) + CUT
}

function detailsOf(input: EventInput, allowed: readonly string[]): Event['details'] {
  const given = input.details
  if (given === undefined || given === null) return null
  for (const name of Object.keys(given)) {
    if (!allowed.includes(name)) throw new Error(`an event of type "${input.type}" has no detail "${name}"`)
  }
  const details: Record<string, EventDetail> = {}
  for (const name of allowed) {
    const value = given[name]
    if (value !== undefined) details[name] = detail(value)
  }
  return details
}

function detail(value: EventDetail): EventDetail {
  if (typeof value === 'string') return clean(value, LONGEST_DETAIL)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('a detail of an event must be finite')
  return value
}

function withoutOddCharacters(event: Event): Event {
  const details = event.details && mapped(event.details, visible)
  return { ...(mapped(event, visible) as unknown as Event), details }
}

// Shown as what they are, so that nobody can write into a terminal or forge a line through an event.
function visible<T>(value: T): T | string {
  if (typeof value !== 'string') return value
  return value.replace(ODD_CHARACTERS, (odd) => `\\u{${odd.charCodeAt(0).toString(16)}}`)
}

function mapped<T, R>(fields: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]))
}
