import type { Event, Outcome } from '../core/index.ts'

/** Which events: all that is given must hold. */
export type EventFilter = {
  /** Exact, or all that begin alike: `key.*`. */
  readonly type?: string | undefined
  readonly outcome?: Outcome | undefined
  /** Milliseconds; the first moment. */
  readonly since?: number | undefined
  /** Milliseconds; the moment after the last. */
  readonly until?: number | undefined
  /** Found anywhere in the event, in any letter case. */
  readonly text?: string | undefined
} & { readonly [Field in TextField]?: string | undefined } & { readonly status?: number | undefined }

const TEXT_FIELDS = [
  'id',
  'code',
  'principalKind',
  'principal',
  'credential',
  'organization',
  'address',
  'country',
  'userAgent',
  'method',
  'route',
  'resource',
  'requestId',
  'traceId',
] as const satisfies readonly (keyof Event)[]

type TextField = (typeof TEXT_FIELDS)[number]

/** Turns a filter into the question whether one event is meant. */
export function matcherOf(filter: EventFilter): (event: Event) => boolean {
  const { type, outcome, since, until, status, text } = filter
  const wanted = TEXT_FIELDS.flatMap((field) => {
    const value = filter[field]
    return value === undefined ? [] : [(event: Event) => event[field] === value]
  })
  const isType = type === undefined ? null : typeMatcher(type)
  const found = text?.toLowerCase()
  const checks: ((event: Event) => boolean)[] = [
    ...(since === undefined ? [] : [(event: Event) => event.at >= since]),
    ...(until === undefined ? [] : [(event: Event) => event.at < until]),
    ...(outcome === undefined ? [] : [(event: Event) => event.outcome === outcome]),
    ...(status === undefined ? [] : [(event: Event) => event.status === status]),
    ...(isType === null ? [] : [(event: Event) => isType(event.type)]),
    ...wanted,
    ...(found === undefined ? [] : [(event: Event) => JSON.stringify(event).toLowerCase().includes(found)]),
  ]
  return (event) => checks.every((holds) => holds(event))
}

function typeMatcher(pattern: string): (type: string) => boolean {
  if (!pattern.endsWith('*')) return (type) => type === pattern
  const start = pattern.slice(0, -1)
  return (type) => type.startsWith(start)
}

/** The part of a filter that an index answers: SQL that must hold, and its values. */
export function narrowed(filter: EventFilter): {
  readonly sql: readonly string[]
  readonly values: readonly unknown[]
} {
  const { type, outcome, credential, since, until } = filter
  const parts: { sql: string; values: unknown[] }[] = []
  if (since !== undefined) parts.push({ sql: 'at >= ?', values: [since] })
  if (until !== undefined) parts.push({ sql: 'at < ?', values: [until] })
  if (credential !== undefined) parts.push({ sql: 'credential = ?', values: [credential] })
  if (outcome !== undefined) parts.push({ sql: 'outcome = ?', values: [outcome] })
  // Word for word what the indexes were made with, so that the database knows they hold all that is asked for.
  if (outcome !== undefined && outcome !== 'success') parts.push({ sql: `outcome <> 'success'`, values: [] })
  if (type !== undefined) parts.push(...narrowedType(type))
  return { sql: parts.map(({ sql }) => sql), values: parts.flatMap(({ values }) => values) }
}

function narrowedType(type: string): { sql: string; values: unknown[] }[] {
  const exact = !type.endsWith('*')
  const start = exact ? type : type.slice(0, -1)
  const isChange = start.length > 0 && !start.startsWith('request.') && !'request.'.startsWith(start)
  return [
    ...(exact ? [{ sql: 'type = ?', values: [type] }] : []),
    ...(isChange ? [{ sql: `(type < 'request.' or type >= 'request/')`, values: [] }] : []),
  ]
}
