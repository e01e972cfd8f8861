/** The bytes of Base64 with or without padding; passlib's `.` is read as `+`. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll('.', '+'), 'base64'))
}

/** Base64 without padding, as the fields of PHC strings are written. */
export function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '')
}
