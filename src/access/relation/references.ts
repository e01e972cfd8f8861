import { done, type FieldError, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { type ObjectRef, readObject, readSubject, type SubjectRef, type Tuple } from './tuple.ts'

type TupleText = {
  readonly object: string
  readonly relation: string
  readonly subject: string
  readonly expiresAt?: string | null | undefined
}

/** The object that a field names. Error: `INPUT_INVALID`. */
export function objectAt(path: string, text: string): Result<ObjectRef> {
  const read = readObject(text)
  return 'fault' in read ? refused(invalid([{ path, message: read.fault }])) : done(read.value)
}

/** The subject that a field names. Error: `INPUT_INVALID`. */
export function subjectAt(path: string, text: string): Result<SubjectRef> {
  const read = readSubject(text)
  return 'fault' in read ? refused(invalid([{ path, message: read.fault }])) : done(read.value)
}

/** The tuples of a list. Error: `INPUT_INVALID`, which names each that is malformed. */
export function tuplesAt(path: string, texts: readonly TupleText[]): Result<readonly Tuple[]> {
  const tuples: Tuple[] = []
  const errors: FieldError[] = []
  for (const [i, { object, relation, subject, expiresAt }] of texts.entries()) {
    const [of, who] = [readObject(object), readSubject(subject)]
    if ('fault' in of) errors.push({ path: `${path}.${i}.object`, message: of.fault })
    if ('fault' in who) errors.push({ path: `${path}.${i}.subject`, message: who.fault })
    if ('fault' in of || 'fault' in who) continue
    const end = expiresAt === undefined || expiresAt === null ? null : Date.parse(expiresAt)
    tuples.push({ object: of.value, relation, subject: who.value, expiresAt: end })
  }
  return errors.length === 0 ? done(tuples) : refused(invalid(errors.slice(0, 20)))
}

function invalid(errors: readonly FieldError[]): Problem {
  return refuseHttp('INPUT_INVALID', { errors })
}
