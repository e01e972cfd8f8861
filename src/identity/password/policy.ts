import type { About, FaultCode, Judgement } from './answers.ts'
import { isTooLong, LENGTH, normalizePassword } from './normalize.ts'
import { faultOf, SUGGESTIONS, type Suggestion, WARNINGS } from './sentences.ts'
import type { Strength } from './strength.ts'

/**
 * What is wrong with the form of a new password; null when nothing is. Any character of Unicode may be in it, spaces
 * included, and none must (NIST SP 800-63B, section 3.1.1.2).
 */
export function faultOfForm(text: string): FaultCode | null {
  if (isTooLong(text)) return 'PASSWORD_TOO_LONG'
  if (!text.isWellFormed()) return 'PASSWORD_NOT_TEXT'
  const characters = [...normalizePassword(text)].length
  if (characters < LENGTH.least) return 'PASSWORD_TOO_SHORT'
  return characters > LENGTH.most ? 'PASSWORD_TOO_LONG' : null
}

/** What is said about a new password that has a fault, whatever its strength. */
export function judgeFault(code: FaultCode, { language }: About): Judgement {
  const suggestions = SUGGESTED[code] ?? []
  return {
    is: 'weak',
    score: 0,
    faults: [faultOf(code, language)],
    suggestions: suggestions.map((it) => SUGGESTIONS[it][language]),
  }
}

/**
 * What is said about a new password of good form.
 *
 * @param minScore 0 to 4
 */
export function judgeStrength(strength: Strength, { language }: About, minScore: number): Judgement {
  const code = faultOfStrength(strength, minScore)
  if (code === null) return { is: 'fine', score: strength.score }
  const warning = strength.warning === null ? undefined : WARNINGS[strength.warning]?.[language]
  const fault = faultOf(code, language)
  return {
    is: 'weak',
    score: strength.score,
    faults: [code === 'PASSWORD_GUESSABLE' && warning !== undefined ? { ...fault, sentence: warning } : fault],
    suggestions: suggestionsFor(strength).map((it) => SUGGESTIONS[it][language]),
  }
}

const SUGGESTED: Partial<Record<FaultCode, readonly Suggestion[]>> = {
  PASSWORD_TOO_SHORT: ['useWords', 'noNeed'],
  PASSWORD_PERSONAL: ['useWords'],
}

function faultOfStrength({ score, isCommon, isPersonal }: Strength, minScore: number): FaultCode | null {
  // The list of common passwords holds whatever the least score is.
  if (isCommon) return 'PASSWORD_COMMON'
  if (score >= minScore) return null
  return isPersonal ? 'PASSWORD_PERSONAL' : 'PASSWORD_GUESSABLE'
}

// Where the score is refused that zxcvbn itself is content with, it suggests nothing.
function suggestionsFor({ suggestions }: Strength): readonly Suggestion[] {
  return suggestions.length === 0 ? ['anotherWord', 'noNeed'] : suggestions
}
