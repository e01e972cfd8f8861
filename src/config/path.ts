/** Where a value is: names and positions from the top down. */
export type Path = readonly (string | number)[]

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** A path as people read it: `gateway.routes[2].limits[0].max`. Names that are not plain words are quoted. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    if (!PLAIN.test(part)) return `${text}[${quoted(part)}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** A text in quotes, on one line, not too long: for messages that tell what was written. */
export function quoted(text: string, longest = 60): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return JSON.stringify(shown).replaceAll('\u007f', '\\u007f')
}
