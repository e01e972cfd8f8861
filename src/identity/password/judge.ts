import type { Secret } from '../../core/index.ts'
import { isMostlyAbout, wordsAbout } from './about.ts'
import type { About, Busy, Judgement } from './answers.ts'
import { normalizePassword } from './normalize.ts'
import { faultOfForm, judgeFault, judgeStrength } from './policy.ts'
import type { Strength } from './strength.ts'

/**
 * What is wrong with a new password: its form first, then what it has of the person, then how soon it is guessed.
 *
 * @param minScore 0 to 4
 */
export async function judgePassword(
  password: Secret,
  about: About,
  deps: {
    readonly minScore: number
    readonly strengthOf: (password: string, words: readonly string[]) => Promise<Strength | Busy>
  },
): Promise<Judgement> {
  const form = faultOfForm(password.reveal())
  if (form !== null) return judgeFault(form, about)
  const text = normalizePassword(password.reveal())
  const words = wordsAbout(about)
  if (isMostlyAbout(text, words)) return judgeFault('PASSWORD_PERSONAL', about)
  const strength = await deps.strengthOf(text, words)
  return 'is' in strength ? strength : judgeStrength(strength, about, deps.minScore)
}
