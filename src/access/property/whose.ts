import { beginOf, behind, endOf, type JsonText, kindOf, OPEN_OBJECT, QUOTE, said, says } from '../../core/index.ts'

/** Whose a thing is: a value, nobody where it does not say, or `twice` where it says so more than once. */
export type Whose = { readonly is: 'named'; readonly value: string } | { readonly is: 'nobody' | 'twice' }

/** The names on the way to the property that says whose something is, such as `customer.id`. */
export function wayTo(property: string): readonly Buffer[] {
  return property.split('.').map((name) => Buffer.from(name))
}

/**
 * Reads whose the object at a place is, and nothing else of it.
 *
 * @param way what {@link wayTo} made of the property
 */
export function whose(text: JsonText, place: number, way: readonly Buffer[]): Whose {
  let at = place
  for (const name of way) {
    if (kindOf(text, at) !== OPEN_OBJECT) return NOBODY
    at = findMember(text, at, name)
    if (at === TWO) return TWICE
    if (at === NONE) return NOBODY
  }
  return valueAt(text, at)
}

const NOBODY: Whose = Object.freeze({ is: 'nobody' })
const TWICE: Whose = Object.freeze({ is: 'twice' })
const NONE = -1
const TWO = -2

// All members are looked at: a second one of the name would be what another reader takes.
function findMember(text: JsonText, place: number, wanted: Buffer): number {
  const last = behind(text, place)
  let found = NONE
  for (let name = place + 1; name < last; name = behind(text, name + 1)) {
    if (!says(text, name, wanted)) continue
    if (found !== NONE) return TWO
    found = name + 1
  }
  return found
}

function valueAt(text: JsonText, place: number): Whose {
  if (kindOf(text, place) === QUOTE) return { is: 'named', value: said(text, place) }
  const number = text.bytes.toString('latin1', beginOf(text, place), endOf(text, place))
  return /^(0|[1-9]\d{0,18})$/.test(number) ? { is: 'named', value: number } : NOBODY
}
