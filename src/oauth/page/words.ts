import type { Language } from './language.ts'
import { de, deProblems } from './words/de.ts'
import { en, enProblems } from './words/en.ts'

/** What pages say. */
export type Words = Readonly<Record<keyof typeof en, string>>
/** What they say where the server refuses, by its code. */
export type Problems = Readonly<Record<keyof typeof enProblems, string>>

const WORDS: Readonly<Record<Language, Words>> = { en, de }
const PROBLEMS: Readonly<Record<Language, Problems>> = { en: enProblems, de: deProblems }

export function wordsOf(language: Language): Words {
  return WORDS[language]
}

export function problemsIn(language: Language): Problems {
  return PROBLEMS[language]
}
