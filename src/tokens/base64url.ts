/**
 * Decodes base64url in its one canonical form (RFC 7515, section 2; RFC 4648, section 3.5): no padding, no other letters,
 * no spare bits that are not zero. Two texts never mean the same bytes, so a token cannot be spelled twice.
 *
 * @returns null for anything else
 */
export function decodeStrictly(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}
