import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { dictionary as common, adjacencyGraphs as graphs } from '@zxcvbn-ts/language-common'
import { dictionary as german } from '@zxcvbn-ts/language-de'
import { dictionary as english } from '@zxcvbn-ts/language-en'
import type { Suggestion, Warning } from './sentences.ts'

/** What zxcvbn says of a password. */
export type Strength = {
  /** 0 to 4. */
  readonly score: number
  readonly warning: Warning | null
  readonly suggestions: readonly Suggestion[]
  /** Whether the whole of it stands in the list of common passwords, backwards or with signs for letters too. */
  readonly isCommon: boolean
  /** Whether something about the person is in it. */
  readonly isPersonal: boolean
}

// The time goes up with both, faster than in proportion: a hundred characters of signs take seconds.
const JUDGED_CHARACTERS = 64
const MOST_SUBSTITUTIONS = 20

// The German lists come without a language in their names, and would replace each other's.
const dictionary = {
  ...common,
  ...english,
  ...Object.fromEntries(Object.entries(german).map(([name, words]) => [`${name}-de`, words])),
}

const zxcvbn = new ZxcvbnFactory({
  dictionary,
  graphs,
  maxLength: JUDGED_CHARACTERS,
  l33tMaxSubstitutions: MOST_SUBSTITUTIONS,
})

/** The words of a generated password: 7776 English words that are easy to tell apart, of lower-case letters. */
export const words: readonly string[] = common['diceware-common']

/**
 * Judges the first 64 characters. For the strength thread: loading this takes half a second, a call up to a quarter.
 *
 * @param about words about the person
 */
export function strengthOf(password: string, about: readonly string[]): Strength {
  const { score, feedback, sequence } = zxcvbn.check(password, [...about])
  const dictionaries = sequence.map((match) => String(match.dictionaryName))
  return {
    score,
    // Without translations its feedback is their names.
    warning: feedback.warning as Warning | null,
    suggestions: feedback.suggestions as Suggestion[],
    isCommon: sequence.length === 1 && dictionaries[0] === 'passwords-common',
    isPersonal: dictionaries.includes('userInputs'),
  }
}
