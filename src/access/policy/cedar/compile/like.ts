export type PatternPart = 'Wildcard' | { readonly Literal: string }

/**
 * A pattern of `like` as a function. It looks for each literal once, from left to right, so its time is bounded by the
 * lengths of text and pattern, whatever the pattern.
 */
export function likePattern(parts: readonly PatternPart[]): (text: string) => boolean {
  const literals = literalsOf(parts)
  const [first = '', ...rest] = literals
  const last = rest.pop()
  if (last === undefined) return (text) => text === first
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    for (const literal of rest) {
      const found = text.indexOf(literal, at)
      if (found < 0) return false
      at = found + literal.length
    }
    return at <= text.length - last.length
  }
}

// The literals between wildcards: one more than there are wildcards.
function literalsOf(parts: readonly PatternPart[]): string[] {
  const literals = ['']
  for (const part of parts) {
    if (part === 'Wildcard') literals.push('')
    else literals.push(`${literals.pop()}${part.Literal}`)
  }
  return literals
}
