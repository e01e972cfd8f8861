/** A mail address as its owner recognises it and nobody else reads it. @example maskedMail('ada@example.com') // 'a…@e…' */
export function maskedMail(email: string): string {
  const [local = '', domain = ''] = email.split('@')
  return `${first(local)}…@${first(domain)}…`
}

/** The last two digits of a telephone number. @example maskedNumber('+4930123456') // '…56' */
export function maskedNumber(number: string): string {
  return `…${number.slice(-2)}`
}

// By characters, not by halves of them.
function first(text: string): string {
  return [...text][0] ?? ''
}
