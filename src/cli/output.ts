/** Where a command writes. With `--json` exactly one JSON document goes to stdout and nothing else. */
export type Output = {
  readonly json: boolean
  /** The result of the command: the document with `--json`, otherwise what `people` makes of it. */
  readonly result: (document: unknown, people: () => string) => void
  /** A line for people only, on stderr. */
  readonly say: (line: string) => void
  /** One line of a stream on stdout. */
  readonly line: (text: string) => void
}

export function createOutput(json: boolean): Output {
  return Object.freeze({
    json,
    result: (document: unknown, people: () => string) => {
      process.stdout.write(json ? `${JSON.stringify(document)}\n` : ensureNewline(people()))
    },
    say: (line: string) => void process.stderr.write(`${line}\n`),
    line: (text: string) => void process.stdout.write(`${text}\n`),
  })
}

/**
 * A table for people: columns as wide as their widest cell, the last one ragged.
 *
 * @example table(['ID', 'NAME'], [['key_1', 'billing']])
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'Nothing there yet.'
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => plain(row[i] ?? '').length)))
  const lineOf = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === cells.length - 1 ? plain(cell) : plain(cell).padEnd(widths[i] ?? 0))).join('  ')
  return [head, ...rows].map(lineOf).join('\n')
}

/** One record for people: a line for each field. */
export function record(fields: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(fields)
  const width = Math.max(...names.map((name) => name.length))
  return names.map((name) => `${name.padEnd(width)}  ${plain(shown(fields[name]))}`).join('\n')
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.length === 0 ? '-' : value.join(' ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

// What others wrote must not move the cursor or colour the terminal.
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '�')
}

function ensureNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
