/** One line of a dotenv file that sets a variable. */
const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/
const PLAIN = /^[A-Za-z0-9_./:@%+=,-]*$/

/**
 * Reads the variables of a dotenv file. Of a name that is set twice the last one counts, as shells have it.
 *
 * @example readDotenv('KEY="a b"') // Map { 'KEY' => 'a b' }
 */
export function readDotenv(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const [, name, written] = LINE.exec(line) ?? []
    if (name !== undefined && written !== undefined) values.set(name, unquoted(written))
  }
  return values
}

/** Sets a variable, or takes it away with null; every other line stays as it is. */
export function withVariable(text: string, name: string, value: string | null): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const line = value === null ? null : `${name}=${quoted(value)}`
  const at = lines.findIndex((it) => isSetting(it, name))
  const kept = lines.filter((it) => !isSetting(it, name))
  const next = line === null ? kept : at === -1 ? [...kept, line] : kept.toSpliced(at, 0, line)
  return next.length === 0 ? '' : `${next.join('\n')}\n`
}

/** Whether a value can be written in one line that shells, Docker and dotenv libraries all read alike. */
export function isWritable(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return !/[\u0000-\u001f\u007f'"`$\\]/.test(value)
}

function isSetting(line: string, name: string): boolean {
  return LINE.exec(line)?.[1] === name
}

function quoted(value: string): string {
  return PLAIN.test(value) ? value : `'${value}'`
}

function unquoted(written: string): string {
  const match = /^(['"])(.*)\1(?:\s+#.*)?$/.exec(written)
  return match === null ? written.replace(/\s+#.*$/, '') : (match[2] ?? '')
}
