import { covers } from '../permission.ts'
import { SILENT } from './decision.ts'
import type { Answer, Question } from './question.ts'

/** What one list of permissions says to one action on one type. */
type Ruling = {
  /** By `type:action`, on every object and on the type as a whole. */
  readonly whole: Answer | null
  /** By `type:action:*`, on every object. */
  readonly each: Answer | null
  /** By `type:action:own`. */
  readonly own: Answer | null
  /** By `type:action:id`. */
  readonly objects: ReadonlyMap<string, Answer>
}
type Rulings = Map<string, Map<string, Ruling>>

const OWN = 'own'
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
// A stranger names types and actions; what is remembered of them is bounded for each list of permissions.
const MOST_REMEMBERED = 256

export type Holdings = {
  /** Whether a permission that the principal holds allows it. At once, from memory; it never denies. */
  readonly answer: (organization: string, question: Question) => Answer
}

/**
 * Decides by the permissions that a principal holds, roles already looked up and narrowed to what the credential carries.
 * What a list of permissions says is worked out once for each action on a type, and kept as long as the list itself.
 *
 * @example
 * createHoldings().answer('org_default', question) // { outcome: 'allow', because: ['orders:*'] }
 */
export function createHoldings(): Holdings {
  const known = new WeakMap<readonly string[], Rulings>()

  function rulingOf(permissions: readonly string[], type: string, action: string): Ruling | null {
    const found = known.get(permissions)?.get(type)?.get(action)
    if (found !== undefined) return found
    if (!NAME.test(type) || !NAME.test(action)) return null
    return remember(known, permissions, type, action)
  }

  return Object.freeze({
    answer: (_organization: string, { principal, action, resource }: Question) => {
      const ruling = rulingOf(principal.permissions, resource.type, action)
      if (ruling === null) return SILENT
      if (ruling.whole !== null) return ruling.whole
      return resource.id === null ? SILENT : answerOf(ruling, resource.id, resource.properties.owner === principal.id)
    },
  })
}

function answerOf({ each, own, objects }: Ruling, id: string, isTheirs: boolean): Answer {
  return each ?? objects.get(id) ?? (isTheirs ? own : null) ?? SILENT
}

function remember(
  known: WeakMap<readonly string[], Rulings>,
  permissions: readonly string[],
  type: string,
  action: string,
): Ruling {
  const before = known.get(permissions)
  const rulings: Rulings = before === undefined || sizeOf(before) >= MOST_REMEMBERED ? new Map() : before
  known.set(permissions, rulings)
  const ofType = rulings.get(type) ?? new Map<string, Ruling>()
  rulings.set(type, ofType)
  const ruling = ruled(permissions, type, action)
  ofType.set(action, ruling)
  return ruling
}

function sizeOf(rulings: Rulings): number {
  let size = 0
  for (const ofType of rulings.values()) size += ofType.size
  return size
}

function ruled(permissions: readonly string[], type: string, action: string): Ruling {
  const whole = permissions.find((granted) => covers(granted, `${type}:${action}`))
  const narrower = permissions.flatMap((granted) => {
    const third = granted.split(':')[2]
    return third !== undefined && covers(granted, `${type}:${action}:${third}`) ? [{ granted, third }] : []
  })
  const by = (wanted: string) => narrower.find(({ third }) => third === wanted)?.granted
  // An object that somebody named `own` is not everybody's.
  const named = narrower.filter(({ third }) => third !== '*' && third !== OWN)
  return {
    whole: allowBy(whole),
    each: allowBy(by('*')),
    own: allowBy(by(OWN)),
    objects: new Map(named.map(({ granted, third }) => [third, allowing(granted)])),
  }
}

function allowBy(granted: string | undefined): Answer | null {
  return granted === undefined ? null : allowing(granted)
}

function allowing(granted: string): Answer {
  return Object.freeze({ outcome: 'allow', because: Object.freeze([granted]) })
}
