import type { ParseArgsOptionsConfig } from 'node:util'
import type { Api } from './api.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'
import { UsageError } from './usage.ts'

/** What happened, as an exit code: good, the thing asked about is bad, wrong usage or configuration. */
export const EXIT = { good: 0, bad: 1, usage: 2 } as const
export type Exit = (typeof EXIT)[keyof typeof EXIT]

/** One value of an option after parsing. */
export type OptionValue = string | boolean | readonly string[] | undefined

export type Invocation = {
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, OptionValue>>
  readonly output: Output
  readonly around: Surroundings
  /** Opens the API when first asked: the local store, or the server that `--server` names. */
  readonly api: () => Promise<Api>
}

/** `sallyport <noun> <verb>`: how it is called, and what it does. */
export type Command = {
  readonly noun: string
  /** Null for a noun that is a command by itself, such as `serve`. */
  readonly verb: string | null
  readonly summary: string
  /** What follows the verb, as shown in the help: `ID`, `METHOD URL`. */
  readonly words?: string
  /** How many words must follow. */
  readonly wordCount?: number
  /** Whether more words than that may follow. */
  readonly moreWords?: boolean
  readonly options?: ParseArgsOptionsConfig
  /** One line for each option. */
  readonly help?: Readonly<Record<string, string>>
  readonly examples: readonly string[]
  readonly run: (invocation: Invocation) => Promise<Exit>
}

/** The text of an option that may be given once. */
export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name]
  return typeof value === 'string' ? value : undefined
}

/** The texts of an option that may be given several times. */
export function listOption(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.options[name]
  return Array.isArray(value) ? value : []
}

/** The texts of an option that sets a whole list: undefined where it was not given, none for the one word `none`. */
export function wholeListOption(invocation: Invocation, name: string): readonly string[] | undefined {
  const values = listOption(invocation, name)
  if (values.length === 0) return undefined
  return values.length === 1 && values[0] === 'none' ? [] : values
}

/** Without what was not said, which stays as it is. */
export function onlySaid(said: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

/** The whole number of an option. */
export function numberOption(invocation: Invocation, name: string): number | undefined {
  const text = textOption(invocation, name)
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${name} takes a whole number, not "${text}"`)
  return Number(text)
}

/** Whether an option says `on` or `off`. */
export function switchOption(invocation: Invocation, name: string): boolean | undefined {
  const text = textOption(invocation, name)
  if (text !== undefined && text !== 'on' && text !== 'off')
    throw new UsageError(`--${name} is on or off, not "${text}"`)
  return text === undefined ? undefined : text === 'on'
}

/** The first word, which the parser made sure is there. */
export function firstWord(invocation: Invocation): string {
  return invocation.words[0] as string
}
