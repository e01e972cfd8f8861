import { isName } from './model.ts'

/** One object: its type, and its id as it is, not escaped. */
export type ObjectRef = { readonly type: string; readonly id: string }

/** Who a tuple names: one subject, everybody of a type (`id` is `*`), or with a relation all who have it to the object. */
export type SubjectRef = ObjectRef & { readonly relation: string }

/** A tuple without when it ends. */
export type TupleKey = { readonly object: ObjectRef; readonly relation: string; readonly subject: SubjectRef }

export type Tuple = TupleKey & {
  /** Milliseconds since the epoch; null never ends. */
  readonly expiresAt: number | null
}

export const EVERYBODY = '*'
export const LONGEST_ID = 256

// Controls, spaces and what turns the direction of text make two ids look alike.
const HIDDEN = /[\p{C}\p{Z}]/u
const SPECIAL = /[:#@\\]/g

/** Why a text can be no id, or null when it can. It is the id as it is, without escapes. */
export function idFault(id: string): string | null {
  if (id === '') return 'has an empty id'
  if (id.length > LONGEST_ID) return `has an id of more than ${LONGEST_ID} characters`
  if (HIDDEN.test(id) || !id.isWellFormed())
    return 'has an id with spaces, control characters or others that cannot be seen'
  if (id.normalize('NFC') !== id) return 'has an id that is not in the normal form NFC of Unicode'
  return id === EVERYBODY ? 'has the id "*", which stands for everybody' : null
}

type Read<T> = { readonly value: T } | { readonly fault: string }

/** Reads `document:42`. A `:`, `#`, `@` or `\` inside the id is written behind a `\`. */
export function readObject(text: string): Read<ObjectRef> {
  const parts = splitRef(text)
  if (parts === null) return { fault: REF_SENTENCE }
  if (parts.relation !== null) return { fault: 'names an object, so it has no #relation' }
  const fault = idFault(parts.id)
  return fault === null ? { value: { type: parts.type, id: parts.id } } : { fault }
}

/** Reads `user:ada`, `group:eng#member` or `user:*`. */
export function readSubject(text: string): Read<SubjectRef> {
  const parts = splitRef(text)
  if (parts === null) return { fault: REF_SENTENCE }
  const { type, id, relation } = parts
  if (parts.bare === EVERYBODY) {
    return relation === null ? { value: { type, id, relation: '' } } : { fault: 'has * and a relation' }
  }
  if (relation !== null && !isName(relation)) return { fault: 'has no name of a relation behind its #' }
  const fault = idFault(id)
  return fault === null ? { value: { type, id, relation: relation ?? '' } } : { fault }
}

const REF_SENTENCE = 'must be type:id, where a : # @ or \\ inside the id is written behind a \\'

type Parts = { readonly type: string; readonly id: string; readonly bare: string; readonly relation: string | null }

// An id is anything but the four, or one of them behind a backslash.
const REF = /^([^:#@\\]+):((?:[^:#@\\]|\\[:#@\\*])*)(?:#([^:#@\\]+))?$/su

function splitRef(text: string): Parts | null {
  const match = text.length > 1024 ? null : REF.exec(text)
  const [, type = '', bare = '', relation] = match ?? []
  if (match === null || !isName(type)) return null
  return { type, bare, id: bare.replace(/\\(.)/gsu, '$1'), relation: relation ?? null }
}

/** `document:42`, with what is special in the id behind a `\`. */
export function objectText({ type, id }: ObjectRef): string {
  return `${type}:${id.replace(SPECIAL, '\\$&')}`
}

/** `user:ada`, `group:eng#member`, `user:*`. */
export function subjectText(subject: SubjectRef): string {
  return subject.relation === '' ? objectText(subject) : `${objectText(subject)}#${subject.relation}`
}

/** `document:42#viewer@group:eng#member`. */
export function tupleText({ object, relation, subject }: TupleKey): string {
  return `${objectText(object)}#${relation}@${subjectText(subject)}`
}
