// The addresses that HTML forms take, without what needs quotes, comments or other scripts: nothing in it can end a header
// or name a second recipient.
const LOCAL = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'

/** The pattern of a mail address, for schemas. */
export const MAIL_ADDRESS = `^${LOCAL}@${LABEL}(?:\\.${LABEL}){0,10}$`
export const LONGEST_MAIL_ADDRESS = 254

const EXPRESSION = new RegExp(MAIL_ADDRESS)

/** Whether a text is one mail address and nothing else. */
export function isMailAddress(text: string): boolean {
  return text.length <= LONGEST_MAIL_ADDRESS && EXPRESSION.test(text)
}
