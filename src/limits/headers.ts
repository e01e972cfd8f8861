import type { Rule, RuleState } from './rule.ts'

/**
 * The response fields that tell a caller where it stands: `RateLimit-Policy` and `RateLimit`
 * (draft-ietf-httpapi-ratelimit-headers, structured fields), and the older `X-RateLimit-*` for the tightest rule.
 * `t` and `X-RateLimit-Reset` are whole seconds from now, so that nobody's clock matters.
 *
 * @example
 * headers(states)
 * // ratelimit-policy: "key-60s";q=1000;w=60
 * // ratelimit: "key-60s";r=999;t=61
 */
export function headers(states: readonly RuleState[]): Readonly<Record<string, string>> {
  const tightest = tightestOf(states)
  if (tightest === undefined) return {}
  return {
    'ratelimit-policy': policies(states),
    ratelimit: standings(states),
    'x-ratelimit-limit': String(tightest.rule.max),
    'x-ratelimit-remaining': String(tightest.remaining),
    'x-ratelimit-reset': String(seconds(Math.max(tightest.resetAfter, tightest.wait))),
  }
}

/** Whole seconds, rounded up: whoever comes back after them is not early. */
export function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000)
}

function tightestOf(states: readonly RuleState[]): RuleState | undefined {
  let tightest: RuleState | undefined
  for (const state of states) {
    if (tightest === undefined || isTighter(state, tightest)) tightest = state
  }
  return tightest
}

function isTighter(a: RuleState, b: RuleState): boolean {
  return a.wait !== b.wait ? a.wait > b.wait : a.remaining < b.remaining
}

function policies(states: readonly RuleState[]): string {
  let text = ''
  for (const { rule } of states) text += `${text === '' ? '' : ', '}${policyOf(rule)}`
  return text
}

const policyTexts = new WeakMap<Rule, string>()

function policyOf(rule: Rule): string {
  let text = policyTexts.get(rule)
  if (text === undefined) {
    text = `"${rule.name}";q=${rule.max};w=${seconds(rule.per)}`
    policyTexts.set(rule, text)
  }
  return text
}

function standings(states: readonly RuleState[]): string {
  let text = ''
  for (const { rule, remaining, resetAfter, wait } of states) {
    text += `${text === '' ? '' : ', '}"${rule.name}";r=${remaining};t=${seconds(wait > 0 ? wait : resetAfter)}`
  }
  return text
}
