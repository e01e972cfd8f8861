import { Secret } from '../core/index.ts'
import { isMailAddress } from './address.ts'
import {
  type Kind,
  kindOf,
  type Language,
  mailValues,
  type TemplateName,
  type TextName,
  type TextValuesOf,
  textValues,
  type ValuesOf,
  WORDS,
  type Word,
  type Wordings,
  type WordKind,
} from './templates/values.ts'

export type Rendered = { readonly subject: string; readonly text: string }

/** What is written, and in which language. */
export type Written = { readonly language: Language; readonly wordings: Wordings }

type Value = string | number | Secret | null
type Values = Readonly<Record<string, Value>>

const LONGEST_VALUE = 500
const LONGEST_NAME = 100
const LONGEST_SUBJECT = 200
const LONGEST_LINK = 1000
const CUT = '…'
// Controls and halves of characters, line ends of every kind, and marks that turn the direction of the text around them.
const ODD = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/**
 * Puts values into a mail. Each becomes one line, bounded: no value can add a header, a line or another value.
 *
 * @throws when a value is missing, unknown or not what its name says: that is a bug of the caller
 */
export function render<T extends TemplateName>(written: Written, name: T, values: ValuesOf<T>): Rendered {
  const clean = cleaned(written, `the mail "${name}"`, mailValues[name], values)
  const { subject, text } = written.wordings.mails[name]
  return { subject: cut(filled(subject, clean), LONGEST_SUBJECT), text: `${filled(text, clean)}\n` }
}

/** Puts values into a text message, as `render` does for mails. */
export function renderText<T extends TextName>(written: Written, name: T, values: TextValuesOf<T>): string {
  const clean = cleaned(written, `the text message "${name}"`, textValues[name], values)
  return filled(written.wordings.texts[name], clean)
}

function cleaned(written: Written, what: string, wanted: readonly string[] | undefined, values: Values) {
  if (wanted === undefined) throw new Error(`there is not ${what}`)
  const given = Object.keys(values).sort().join()
  if (given !== wanted.toSorted().join()) throw new Error(`${what} takes ${wanted.join()}, not ${given}`)
  return new Map(wanted.map((name) => [name, SAID[kindOf(name)](written, values[name] ?? null, name)]))
}

type Say = (written: Written, value: Value, name: string) => string

const SAID: Readonly<Record<Kind, Say>> = {
  line: ({ wordings }, value) => (value === null ? wordings.none : oneLine(plain(value), LONGEST_VALUE)),
  name: (_written, value) => unlinked(oneLine(plain(value), LONGEST_NAME)),
  link: (_written, value, name) => whole(plain(value), isLink, name),
  code: (_written, value, name) => whole(plain(value), isCode, name),
  moment: ({ language }, value, name) => `${MOMENTS[language].format(numberOf(value, name))} UTC`,
  length: ({ language }, value, name) => lengthOf(language, name, numberOf(value, name)),
  word: ({ wordings }, value, name) => {
    const words: readonly string[] = WORDS[name as WordKind]
    return wordings.words[whole(plain(value), (word) => words.includes(word), name) as Word]
  },
}

function plain(value: Value): string {
  return value instanceof Secret ? value.reveal() : String(value)
}

// Half a link or code lets nobody in, so it is whole or a bug.
function whole(text: string, fits: (text: string) => boolean, name: string): string {
  if (!fits(text)) throw new Error(`"${name}" is not what a message takes there`)
  return text
}

function isLink(text: string): boolean {
  return text.length <= LONGEST_LINK && /^https?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text)
}

function isCode(text: string): boolean {
  return /^[A-Za-z0-9-]{4,32}$/.test(text)
}

function numberOf(value: Value, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new Error(`"${name}" is a number`)
  return value
}

const momentIn = (locale: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
const MOMENTS: Readonly<Record<Language, Intl.DateTimeFormat>> = { en: momentIn('en-GB'), de: momentIn('de-DE') }

const SMALLER: Readonly<Record<string, readonly [unit: string, amount: number]>> = {
  days: ['hours', 24],
  hours: ['minutes', 60],
}

// Part of a unit is said in the next smaller one: one and a half hours are "1 hour 30 minutes".
function lengthOf(language: Language, unit: string, amount: number): string {
  const smaller = SMALLER[unit]
  if (smaller === undefined || Number.isInteger(amount)) return said(language, unit, Math.ceil(amount))
  const whole = Math.floor(amount)
  const rest = lengthOf(language, smaller[0], Math.round((amount - whole) * smaller[1] * 60) / 60)
  return whole === 0 ? rest : `${said(language, unit, whole)} ${rest}`
}

function said(language: Language, unit: string, amount: number): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: unit.slice(0, -1), unitDisplay: 'long' }).format(amount)
}

// Whoever registers with the address of somebody else chooses the name that this other person reads. Without these signs
// no mail program makes a link of it.
function unlinked(name: string): string {
  if (isMailAddress(name)) return name
  return name
    .replace(/[/\\:@]+/g, ' ')
    .replace(/[.\u3002\uff0e\uff61](?=\p{L})/gu, '. ')
    .trim()
}

// In one pass, so that braces within a value stay as they are.
function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole)
}

function oneLine(text: string, longest: number): string {
  return cut(
    text
      .slice(0, longest * 2)
      .replace(ODD, ' ')
      .trim(),
    longest,
  )
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : text.slice(0, longest - CUT.length).replace(/[\ud800-\udbff]$/, '') + CUT
}
