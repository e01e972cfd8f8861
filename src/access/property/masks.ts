/** What is left of a value that somebody may know of, but not know. */
export const MASKS = ['card', 'ssn', 'email', 'remove'] as const
export type Mask = (typeof MASKS)[number]

/**
 * A value behind a mask. What does not have the form that the mask is for shows nothing at all.
 *
 * @returns undefined when nothing may be shown
 * @example masked('card', '4111 1111 1111 1234') // '*1234'
 * @example masked('ssn', '123-45-6789') // '***-**-6789'
 * @example masked('email', 'jane@example.com') // 'j*e@example.com'
 */
export function masked(mask: Mask, value: string): string | undefined {
  if (mask === 'remove') return undefined
  return FORMS[mask](value)
}

const FORMS: Readonly<Record<Exclude<Mask, 'remove'>, (value: string) => string | undefined>> = {
  card: (value) => {
    const digits = value.replaceAll(/[ -]/g, '')
    return /^\d{12,19}$/.test(digits) ? `*${digits.slice(-4)}` : undefined
  },
  ssn: (value) => {
    const [, last] = /^\d{3}-?\d{2}-?(\d{4})$/.exec(value) ?? []
    return last === undefined ? undefined : `***-**-${last}`
  },
  email: (value) => {
    const at = value.indexOf('@')
    const isAddress = at > 0 && at <= 64 && at === value.lastIndexOf('@') && value.length > at + 1 && value.length < 321
    if (!isAddress || /\s/.test(value)) return undefined
    const name = value.slice(0, at)
    const [first, last] = [firstLetter(name), lastLetter(name)]
    // Of two letters the first and the last would be all of it.
    return `${first.length + last.length >= name.length ? '*' : `${first}*${last}`}${value.slice(at)}`
  },
}

function firstLetter(name: string): string {
  return name.slice(0, isPair(name, 0) ? 2 : 1)
}

function lastLetter(name: string): string {
  return name.slice(isPair(name, name.length - 2) ? -2 : -1)
}

// A letter that UTF-16 writes as two.
function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff
}
