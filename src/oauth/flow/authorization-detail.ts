import { isDeepStrictEqual } from 'node:util'
import type { DetailSettings } from '../provider/deps.ts'

/** One thing that is asked for in detail (RFC 9396, section 2). */
export type Detail = {
  readonly type: string
  readonly actions?: readonly string[]
  readonly locations?: readonly string[]
  readonly datatypes?: readonly string[]
  readonly identifier?: string
  readonly [member: string]: unknown
}

const LONGEST = 256
const MOST_LOCATIONS = 10
const LISTS = ['actions', 'datatypes'] as const

/** What is wrong with a detail, by the settings of its type; null when nothing is. */
export function detailFault(settings: DetailSettings, detail: Detail): string | null {
  for (const name of LISTS) {
    const strange = detail[name]?.find((value) => !settings[name].includes(value))
    if (strange !== undefined) return `${settings.type} has no ${name} of this name`
  }
  if ((detail.locations?.length ?? 0) > MOST_LOCATIONS) return 'there are too many locations'
  if (detail.identifier !== undefined && !isText(detail.identifier)) return 'the identifier is too long'
  return membersFault(settings, detail)
}

function membersFault({ type, fields }: DetailSettings, detail: Detail): string | null {
  const said = flatten(detail)
  if (said === null) return `${type} has members that are not texts, numbers or flags`
  for (const { name, kind, required } of fields) {
    const value = said.get(name)
    if (value === undefined && required) return `${type} needs ${name}`
    if (value !== undefined && !fits(kind, value)) return `${name} of ${type} must be a ${kind}`
  }
  const strange = [...said.keys()].find((name) => !fields.some((field) => field.name === name))
  return strange === undefined ? null : `${type} has no member of this name`
}

const COMMON: ReadonlySet<string> = new Set(['type', 'actions', 'locations', 'datatypes', 'identifier'])

// Members of members are named with a dot between; nobody shows lists of things to people that they understand.
function flatten(value: object, under = ''): Map<string, unknown> | null {
  const found = new Map<string, unknown>()
  for (const [name, member] of Object.entries(value)) {
    if (under === '' && COMMON.has(name)) continue
    const path = under + name
    if (typeof member !== 'object') found.set(path, member)
    else if (member === null || Array.isArray(member) || path.length > LONGEST) return null
    else for (const [inner, it] of flatten(member, `${path}.`) ?? [[path, null]]) found.set(inner, it)
  }
  return found
}

function fits(kind: DetailSettings['fields'][number]['kind'], value: unknown): boolean {
  if (kind === 'text') return isText(value)
  return kind === 'number' ? typeof value === 'number' && Number.isFinite(value) : typeof value === 'boolean'
}

// What people are shown must not look like something else.
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(value)
}

/** Whether a detail is the other, or the same with fewer actions, data types or places. */
export function isWithin(detail: Detail, agreed: Detail): boolean {
  const { actions, datatypes, locations, ...rest } = detail
  const { actions: mostActions, datatypes: mostTypes, locations: mostLocations, ...other } = agreed
  if (!isDeepStrictEqual(rest, other)) return false
  return isPart(actions, mostActions) && isPart(datatypes, mostTypes) && isPart(locations, mostLocations)
}

function isPart(some: readonly string[] | undefined, all: readonly string[] | undefined): boolean {
  if (all === undefined) return true
  return some?.every((value) => all.includes(value)) === true
}

/**
 * A detail in plain words, for whoever is asked to agree: a sentence of the operator's and what the client fills in.
 *
 * @example describeDetail(settings, { type: 'payment', actions: ['initiate'], amount: '12.30' })
 * // ['Pay from your account', 'initiate', 'amount: 12.30']
 */
export function describeDetail({ sentence, type }: DetailSettings, detail: Detail): string[] {
  const members = [...(flatten(detail) ?? [])].map(([name, value]) => `${name}: ${String(value)}`)
  const { actions = [], datatypes = [], locations = [], identifier } = detail
  const about = identifier === undefined ? [] : [identifier]
  return [sentence ?? type, ...actions, ...datatypes, ...about, ...members, ...locations]
}
