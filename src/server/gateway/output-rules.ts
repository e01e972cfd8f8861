import type { Config, Route } from '../../config/index.ts'
import type { EventInput } from '../../core/index.ts'
import type { RouteRules } from '../../gateway/index.ts'
import { errorRule, leakRule } from '../../guard/index.ts'
import { looksLikeKey } from '../../keys/index.ts'

export type OutputRulesDeps = {
  readonly config: Pick<Config, 'issuer' | 'keys'>
  readonly record: (event: EventInput) => void
}

/**
 * The rules about answers that stand around all others: errors first, so that nobody else judges what is replaced, and last what
 * must not leave, whatever was made of an answer before.
 */
export function createOutputRules({ config, record }: OutputRulesDeps) {
  const { brand } = config.keys
  const own = { prefix: `${brand}_`, isKey: (word: string) => looksLikeKey(word, brand), issuer: config.issuer }
  return Object.freeze({
    around: ({ output }: Route, rules: RouteRules): RouteRules => {
      const errors = errorRule(output.errors, record)
      const leaks = output.leaks === null ? null : leakRule(output.leaks, { own, record })
      return { ...rules, answer: [errors, ...rules.answer, leaks].filter((rule) => rule !== null) }
    },
  })
}
