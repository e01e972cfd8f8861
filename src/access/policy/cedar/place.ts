/**
 * Where something stands in a text, for people. Cedar counts bytes of UTF-8; people count characters.
 *
 * @example placeOf('permit (\n  principal', 11) // 'line 2, column 3'
 */
export function placeOf(text: string, byte: number): string {
  const before = Buffer.from(text).subarray(0, byte).toString()
  const lines = before.split('\n')
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`
}
