/**
 * The six digits of what somebody typed, or null. Blanks and hyphens do not count, and the wide digits of East Asian
 * keyboards are digits (Unicode NFKC).
 *
 * @example digitsOf('492 039') // '492039'
 */
export function digitsOf(typed: string | undefined): string | null {
  const text = plain(typed)
  return /^[0-9]{6}$/.test(text) ? text : null
}

const LENGTH = 10
// Letters that are easily read as a digit, or as each other, are none of these (Crockford's base 32).
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The ten signs of a backup code as somebody typed it, or null. `o` is a zero; `i` and `l` are a one. */
export function backupCodeOf(typed: string | undefined): string | null {
  const text = plain(typed).toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{10}$/.test(text) ? text : null
}

/**
 * Writes 50 random bits as people copy them.
 *
 * @param bytes at least ten; the lower five bits of each count
 * @example writeBackupCode(randomBytes(10)) // '7f3kq-0x9ap'
 */
export function writeBackupCode(bytes: Uint8Array): string {
  const signs = Array.from(bytes.subarray(0, LENGTH), (byte) => ALPHABET.charAt(byte % ALPHABET.length))
  return `${signs.slice(0, 5).join('')}-${signs.slice(5).join('')}`.toLowerCase()
}

function plain(typed = ''): string {
  return typed.normalize('NFKC').replace(/[\s\p{Pd}\p{Cf}]/gu, '')
}
