/** A record of a CSV text and the line that it begins on, counted from 1. */
export type CsvRecord = { readonly line: number; readonly fields: readonly string[] }

/**
 * Reads CSV (RFC 4180): fields separated by commas, quoted where they hold a comma, a quote (written twice) or a line
 * break. Empty lines are left out.
 *
 * @returns the records, or the line on which a quote stands where none may
 */
export function readCsv(text: string): readonly CsvRecord[] | { readonly wrongLine: number } {
  const records: CsvRecord[] = []
  let fields: string[] = []
  let begun = 1
  let line = 1
  let at = 0
  while (at <= text.length) {
    const field = fieldAt(text, at)
    if (field === null) return { wrongLine: line }
    fields.push(field.value)
    line += field.breaks
    at = field.end
    const end = text.charAt(at)
    if (end === ',') {
      at++
      continue
    }
    if (fields.length > 1 || fields[0] !== '') records.push({ line: begun, fields })
    fields = []
    if (at >= text.length) break
    at += text.startsWith('\r\n', at) ? 2 : 1
    begun = ++line
  }
  return records
}

type Field = { readonly value: string; readonly end: number; readonly breaks: number }

// Made once: slicing the rest of a large text for each field would take for ever.
const FIELD_END = /[",\r\n]/g

function fieldAt(text: string, at: number): Field | null {
  if (text.charAt(at) !== '"') {
    FIELD_END.lastIndex = at
    const end = FIELD_END.exec(text)?.index ?? text.length
    return text.charAt(end) === '"' ? null : { value: text.slice(at, end), end, breaks: 0 }
  }
  let value = ''
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from)
    if (quote === -1) return null
    value += text.slice(from, quote)
    if (text.charAt(quote + 1) !== '"') {
      const end = quote + 1
      const over = end >= text.length || [',', '\r', '\n'].includes(text.charAt(end))
      return over ? { value, end, breaks: value.split('\n').length - 1 } : null
    }
    value += '"'
    from = quote + 2
  }
}
