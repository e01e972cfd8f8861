import { kindOf, mailValues, type TemplateName, type Wording } from './values.ts'

export const LONGEST_TEMPLATE = 20_000
const LONGEST_SUBJECT = 200
const FORM = /^Subject:[ \t]*([^\n]*)\n[ \t]*\n([\s\S]*)$/

/**
 * Reads a mail as an operator wrote it: `Subject: …`, an empty line, text.
 *
 * @returns the wording, or the first thing that is wrong with it, as the end of a sentence that begins with the file
 */
export function parseTemplate(name: TemplateName, source: string): Wording | string {
  if (source.length > LONGEST_TEMPLATE) return `has more than ${LONGEST_TEMPLATE} characters`
  const found = FORM.exec(source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'))
  if (found === null) return 'must begin with "Subject: …", then an empty line, then the text'
  const wording = { subject: (found[1] as string).trim(), text: (found[2] as string).trim() }
  return faultOf(name, wording) ?? wording
}

/** What is wrong with the wording of a mail, or null. */
export function faultOf(name: TemplateName, { subject, text }: Wording): string | null {
  const values: readonly string[] = mailValues[name]
  const used = namesIn(text)
  const unknown = [...namesIn(subject), ...used].find((value) => !values.includes(value))
  const entries = values.filter((value) => kindOf(value) === 'link' || kindOf(value) === 'code')
  const missing = entries.find((value) => !used.includes(value))
  const shown = entries.find((value) => namesIn(subject).includes(value))
  if (subject === '') return 'has an empty subject'
  if (subject.length > LONGEST_SUBJECT) return `has a subject of more than ${LONGEST_SUBJECT} characters`
  if (text === '') return 'has no text'
  if (unknown !== undefined)
    return `uses the value {${unknown}}, but has only ${values.map((it) => `{${it}}`).join(' ')}`
  if (missing !== undefined) return `lacks {${missing}} in its text, which is what the mail is for`
  // Subjects are kept longer than texts, and shown on locked screens.
  if (shown !== undefined) return `has {${shown}} in its subject, where it is not kept secret`
  return null
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/\{([^{}\n]*)\}/g)].map(([, name]) => name as string)
}
