type Attribute = readonly [type: string, value: string]

/**
 * Whether the subject of a certificate is a name as RFC 4514 writes it: the last attribute first, types without regard to
 * case, values to the character.
 *
 * @param subject as Node writes it: an attribute on each line, the first one first, values escaped by RFC 4514
 * @example sameNames('C=DE\nO=Example\nCN=shop', 'CN=shop,O=Example,C=DE') // true
 */
export function sameNames(subject: string | undefined, expected: string): boolean {
  if (subject === undefined) return false
  const [mine, theirs] = [readAll(subject.split('\n').reverse()), readAll(splitName(expected))]
  if (mine === null || theirs === null || mine.length !== theirs.length) return false
  return mine.every(([type, value], i) => type === theirs[i]?.[0] && value === theirs[i]?.[1])
}

function readAll(parts: readonly string[]): Attribute[] | null {
  const read = parts.map(readAttribute)
  return read.some((attribute) => attribute === null) ? null : (read as Attribute[])
}

function splitName(text: string): string[] {
  return text.match(/(?:\\.|[^\\,])+/gs)?.map((part) => part.trim()) ?? []
}

function readAttribute(text: string): Attribute | null {
  const found = /^([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=\s*(.*)$/s.exec(text)
  // Several attributes in one place have no order to compare.
  if (found === null || /(?<!\\)\+/.test(text)) return null
  const [, type = '', value = ''] = found
  return [type.toLowerCase(), unescapeValue(value)]
}

// RFC 4514, section 2.4: a character, or the bytes of one.
function unescapeValue(value: string): string {
  return value.replaceAll(/(?:\\[0-9A-Fa-f]{2})+|\\(.)/gs, (escaped, single: string | undefined) =>
    single === undefined ? Buffer.from(escaped.replaceAll('\\', ''), 'hex').toString() : single,
  )
}
