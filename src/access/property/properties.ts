import { isUtf8 } from 'node:buffer'
import { done, type FieldError, type Principal, type Result, readJson, refused } from '../../core/index.ts'
import { missingPermissions } from '../permission.ts'
import { refuseAccess } from '../problems.ts'
import { type NoteUse, UNNOTED } from '../use/uses.ts'
import { type Choose, filterText } from './filter.ts'
import type { Mask } from './masks.ts'
import { isOwner, type Ownership } from './ownership.ts'
import { bodyView, either, NOTHING, type View, viewOf } from './view.ts'
import { wayTo, whose } from './whose.ts'
import { type BodyFault, bodyFault, strippedBody } from './written.ts'

/** What one kind of caller may see and write of the objects of a type. */
export type Audience = {
  /** Who they are: whoever holds this. null for `public`, which is everybody, and `owner`, whose it is. */
  readonly permission: string | null
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  /** What is left of a property that they may know of. */
  readonly masks: Readonly<Record<string, Mask>>
}

export type PropertySettings = Readonly<
  Record<string, { readonly owner: Ownership | null; readonly audiences: Readonly<Record<string, Audience>> }>
>

/** How the answers of one route are read. */
export type Reading = {
  /** Where the objects stand, such as `items[]`; null for the body itself, one object or a list of them. */
  readonly at: string | null
  /** What may be seen beside them. */
  readonly beside: readonly string[]
  /** Leave out what is not theirs. */
  readonly onlyTheirs: boolean
}

/** What somebody may see of a body. */
export type Seen = {
  readonly bytes: Buffer
  /** It is about one object, and that is another's. Of a list others' objects are left out. */
  readonly notTheirs: boolean
  /** It is about one object, and that is theirs. */
  readonly isOneOfTheirs: boolean
}

/** Makes what somebody may see out of a body. Errors: `ANSWER_WITHHELD`. */
export type BodyFilter = (principal: Principal, body: Uint8Array) => Result<Seen>

export type Properties = {
  readonly types: readonly string[]
  readonly ownerOf: (type: string) => Ownership | null
  /** Takes down by which permissions somebody saw, wrote or acted as another. */
  readonly note: NoteUse
  /** @throws RangeError for a type that there is not */
  readonly reader: (type: string, reading: Reading) => BodyFilter
  /**
   * Looks at a body that somebody sends.
   *
   * Errors: `BODY_MALFORMED`, `BODY_AMBIGUOUS`, `PROPERTY_NOT_WRITABLE` with the paths of the properties.
   *
   * @param how whether what may not be written is refused or left out, and whether the object is theirs
   */
  readonly written: (
    type: string,
    body: Uint8Array,
    how: {
      readonly principal: Principal
      readonly theirs: boolean
      readonly outside: 'refuse' | 'strip'
      /** The value of the body, where it is parsed already. */
      readonly json?: (() => unknown) | undefined
    },
  ) => Result<Buffer>
}

type Views = {
  readonly others: View
  readonly theirs: View
  /** The permissions that let them be of an audience. */
  readonly by: { readonly permissions: readonly string[] }
}
type Compiled = { readonly owner: Ownership | null; readonly readable: Holders; readonly writable: Holders }
type Holders = (principal: Principal) => Views

/**
 * Which properties of which objects somebody may see and write. What no list names is for nobody.
 *
 * @param note takes down by which permissions somebody saw or wrote
 * @example
 * const read = createProperties(config.access.properties).reader('orders', { at: 'items[]', beside: [], onlyTheirs: true })
 * read(principal, body) // { ok: true, value: { body, notTheirs: false } }
 */
export function createProperties(settings: PropertySettings, note: NoteUse = UNNOTED): Properties {
  const types = new Map<string, Compiled>(
    Object.entries(settings).map(([type, { owner, audiences }]) => [
      type,
      {
        owner,
        readable: holders(audiences, ({ readable, masks }) => viewOf(readable, masks)),
        writable: holders(audiences, ({ writable }) => viewOf(writable)),
      },
    ]),
  )

  function find(type: string): Compiled {
    const found = types.get(type)
    if (found === undefined) throw new RangeError(`access.properties has no ${JSON.stringify(type)}`)
    return found
  }

  return Object.freeze({
    types: [...types.keys()],
    ownerOf: (type: string) => find(type).owner,
    note,
    reader: (type: string, reading: Reading) => readerOf(find(type), reading, note),
    written: (type: string, body: Uint8Array, how: Parameters<Properties['written']>[2]) => {
      const views = find(type).writable(how.principal)
      if (views.by.permissions.length > 0) note(how.principal, views.by)
      return writtenBody(body, how.theirs ? views.theirs : views.others, how)
    },
  })
}

// Who is which audience follows from the principal, so each is put together once.
function holders(audiences: Readonly<Record<string, Audience>>, make: (of: Audience) => View): Holders {
  const views = Object.entries(audiences).map(([name, audience]) => ({ name, audience, view: make(audience) }))
  const known = new WeakMap<Principal, Views>()
  return (principal) => {
    const found = known.get(principal)
    if (found !== undefined) return found
    const held = views.filter(({ name, audience }) => isOf(principal, name, audience))
    const others = held.reduce((sum, { view }) => either(sum, view), NOTHING)
    const own = views.filter(({ name }) => name === 'owner')
    const by = { permissions: held.flatMap(({ audience }) => audience.permission ?? []) }
    const made = { others, theirs: own.reduce((sum, { view }) => either(sum, view), others), by }
    known.set(principal, made)
    return made
  }
}

function isOf(principal: Principal, name: string, { permission }: Audience): boolean {
  if (name === 'public') return true
  return permission !== null && missingPermissions(principal.permissions, [permission]).length === 0
}

function readerOf({ owner, readable }: Compiled, { at, beside, onlyTheirs }: Reading, note: NoteUse): BodyFilter {
  const place = bodyView(at, beside)
  const way = owner === null ? null : wayTo(owner.property)
  return (principal, body) => {
    if (!isUtf8(body)) return refused(refuseAccess('ANSWER_WITHHELD', { reason: 'not UTF-8' }))
    const { others, theirs, by } = readable(principal)
    if (by.permissions.length > 0) note(principal, by)
    const count = { theirs: 0, others: 0 }
    const choose: Choose = (text, at) => {
      const named = way === null ? null : whose(text, at, way)
      if (named?.is === 'twice') return -1
      const own = named?.is === 'named' && isOwner(principal, named.value, owner?.as ?? null, note)
      count[own ? 'theirs' : 'others']++
      return own ? theirs : onlyTheirs ? null : others
    }
    const text = readJson(body)
    if (text === null) return refused(refuseAccess('ANSWER_WITHHELD', { reason: 'malformed' }))
    const filtered = filterText(text, place, choose)
    if (filtered === null) return refused(refuseAccess('ANSWER_WITHHELD', { reason: 'ambiguous' }))
    const one = isSingle(at, body) && count.theirs + count.others === 1
    return done({
      bytes: filtered.bytes,
      notTheirs: onlyTheirs && one && count.others === 1,
      isOneOfTheirs: one && count.theirs === 1,
    })
  }
}

const OPEN_LIST = 91

function isSingle(at: string | null, body: Uint8Array): boolean {
  if (at !== null) return !at.includes('[]')
  return body.find((byte) => byte > 32) !== OPEN_LIST
}

function writtenBody(
  body: Uint8Array,
  view: View,
  { outside, json }: Parameters<Properties['written']>[2],
): Result<Buffer> {
  if (!isUtf8(body)) return refused(refuseAccess('BODY_MALFORMED', { reason: 'not UTF-8' }))
  const bytes = Buffer.from(body)
  const found = outside === 'refuse' ? bodyFault(bytes, view, json) : strippedBody(bytes, view)
  if (found === null) return done(bytes)
  return found.is === 'filtered' ? done(found.bytes) : refused(problemOf(found))
}

function problemOf(fault: BodyFault) {
  if (fault.is === 'malformed') return refuseAccess('BODY_MALFORMED')
  if (fault.is === 'duplicate') return refuseAccess('BODY_AMBIGUOUS')
  const errors: FieldError[] = fault.paths.map((path) => ({ path, message: 'may not be written' }))
  return refuseAccess('PROPERTY_NOT_WRITABLE', { errors, reason: fault.paths.join(' ').slice(0, 256) })
}
