/** One parameter of a query, decoded, and how it was written. */
export type Parameter = { readonly name: string; readonly value: string; readonly written: string }

/** The parameters of a query, as HTML forms write them; null where one cannot be decoded. */
export function parametersOf(query: string): Parameter[] | null {
  if (query === '') return []
  const found: Parameter[] = []
  for (const written of query.split('&')) {
    if (written === '') continue
    const mark = written.indexOf('=')
    const name = decoded(mark === -1 ? written : written.slice(0, mark))
    const value = mark === -1 ? '' : decoded(written.slice(mark + 1))
    if (name === null || value === null) return null
    found.push({ name, value, written })
  }
  return found
}

/** A part of a query decoded; null where it is broken. */
export function decoded(text: string): string | null {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}
