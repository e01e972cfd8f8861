import { isUtf8 } from 'node:buffer'
import { type Exchange, kindOf, OPEN_OBJECT, type Principal, type Problem, readJson } from '../../core/index.ts'
import { refuseAccess } from '../problems.ts'
import type { Properties } from '../property/properties.ts'
import { wayTo, whose } from '../property/whose.ts'
import type { NoteUse } from '../use/uses.ts'
import { notTheirs, type OwnerRule, ownerProblem } from './owner.ts'

/** A body that was read to its end, and what its headers say of it. */
export type Body = {
  readonly type: string | undefined
  readonly encoding: string | undefined
  readonly bytes: Buffer
  /** The JSON value in it, where somebody parses it for all who ask. */
  readonly json?: () => unknown
}
export type Ruling =
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'deny'; readonly problem: Problem }

/** What a route says of the bodies of requests. */
export type BodySettings = {
  /** The type whose writable properties may come. */
  readonly properties: string | null
  readonly outside: 'refuse' | 'strip'
  readonly owner: OwnerRule | null
}

/**
 * What is made of the body of a request: whose it says that it is, and what may be written.
 *
 * Errors: `BODY_TYPE_UNSUPPORTED`, `BODY_MALFORMED`, `BODY_AMBIGUOUS`, `PROPERTY_NOT_WRITABLE`, `OBJECT_NOT_FOUND`,
 * `OBJECT_FORBIDDEN`.
 *
 * @param theirs whether the object is theirs: whoever comes this far on a route with an owner is the owner
 * @returns null when the route says nothing of bodies
 */
export function bodyRule(settings: BodySettings, properties: Properties, theirs = settings.owner !== null) {
  const { properties: type, outside, owner } = settings
  const named = owner?.from === 'body' ? owner : null
  if (type === null && named === null) return null
  const as = named === null ? null : (properties.ownerOf(named.type)?.as ?? null)
  return Object.freeze({
    name: 'properties',
    judge: ({ principal }: Pick<Exchange, 'principal'>, body: Body): Ruling => {
      const wrong =
        formProblem(body) ?? (named === null ? null : ownerFault(named, as, principal, body.bytes, properties.note))
      if (wrong !== null) return { is: 'deny', problem: wrong }
      if (type === null || body.bytes.length === 0) return { is: 'body', bytes: body.bytes }
      const written = properties.written(type, body.bytes, { principal, theirs, outside, json: body.json })
      return written.ok ? { is: 'body', bytes: written.value } : { is: 'deny', problem: written.problem }
    },
  })
}

/** `application/json` and what is built on it (RFC 6839, section 3.1), in UTF-8. */
export function isJson(type: string | undefined): boolean {
  return /^application\/([a-z0-9.!#$&^_-]+\+)?json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')
}

/** Whether a body is as it was written, not compressed. */
export function isPlain(encoding: string | undefined): boolean {
  return encoding === undefined || encoding.toLowerCase() === 'identity'
}

function formProblem({ type, encoding, bytes }: Body): Problem | null {
  if (bytes.length === 0 || (isJson(type) && isPlain(encoding))) return null
  return refuseAccess('BODY_TYPE_UNSUPPORTED', { reason: (isPlain(encoding) ? type : encoding) ?? 'no Content-Type' })
}

function ownerFault(
  rule: OwnerRule,
  as: string | null,
  principal: Principal,
  bytes: Buffer,
  note: NoteUse,
): Problem | null {
  const text = isUtf8(bytes) ? readJson(bytes) : null
  if (text === null && bytes.length > 0) return refuseAccess('BODY_MALFORMED')
  if (text === null || kindOf(text, 0) !== OPEN_OBJECT) return notTheirs(rule.otherwise, 'the body is no object')
  const named = whose(text, 0, wayTo(rule.name ?? ''))
  if (named.is === 'twice') return refuseAccess('BODY_AMBIGUOUS')
  const found = ownerProblem(principal, named.is === 'named' ? named.value : null, as, rule.otherwise, note)
  return found === undefined ? null : found.problem
}
