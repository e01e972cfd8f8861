/** Bytes of UTF-8 beyond which a password is not looked at. 256 characters of any script are at most as many. */
export const MOST_BYTES = 1024

/** Characters (code points, after normalisation) of a new password. */
export const LENGTH = { least: 12, most: 256 } as const

/**
 * A password as it is hashed: NFKC, so that it is the same whichever keyboard typed it (RFC 8265, section 4.2.2, asks for
 * NFC; NIST SP 800-63B, section 3.1.1.2, for NFKC or NFKD).
 *
 * @example normalizePassword('ｐａｓｓ') // 'pass'
 */
export function normalizePassword(text: string): string {
  return text.normalize('NFKC')
}

/** Whether a text is longer than any password may be. To be asked before any other work is done with it. */
export function isTooLong(text: string): boolean {
  return text.length > MOST_BYTES || Buffer.byteLength(text) > MOST_BYTES
}

/**
 * What a person may have meant with what they typed: the normalised text and, where that differs, the text as it came.
 * Other systems hashed it as it came.
 */
export function readingsOf(text: string): readonly string[] {
  const normalized = normalizePassword(text)
  return normalized === text ? [text] : [normalized, text]
}
