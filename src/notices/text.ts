import type { Transaction } from '../store/index.ts'
import { enqueue, languageOf, type QueueDeps } from './queue.ts'
import { renderText } from './render.ts'
import type { AllWordings } from './templates/read-templates.ts'
import type { Language, TextName, TextValuesOf } from './templates/values.ts'

/** A text message (SMS) that somebody wants written. */
export type TextMessage = {
  [T in TextName]: {
    /** A telephone number as E.164 writes it: `+4930123456`. */
    readonly to: string
    readonly template: T
    readonly data: TextValuesOf<T>
    /** What its reader reads; `notices.mail.language` unless told. */
    readonly language?: Language | undefined
    /** Whose it is; the default organization unless told. */
    readonly organization?: string | undefined
  }
}[TextName]

/** The pattern of a telephone number in the form of ITU-T E.164, for schemas. */
export const PHONE_NUMBER = '^\\+[1-9][0-9]{6,14}$'

const EXPRESSION = new RegExp(PHONE_NUMBER)

/** Whether a text is one telephone number in the form of E.164 and nothing else. */
export function isPhoneNumber(text: string): boolean {
  return EXPRESSION.test(text) && !text.endsWith('\n')
}

/**
 * Queues a text message, as mails are queued.
 *
 * @throws on a number that is none, on values that the template does not take, and while `notices.sms.transport` is `off`:
 * whoever asks looks at `canText` first
 */
export function createTextQueue(
  deps: QueueDeps & { readonly canText: boolean; readonly language: Language; readonly wordings: AllWordings },
) {
  return async (tx: Transaction, message: TextMessage): Promise<void> => {
    if (!deps.canText) throw new Error('no text messages are sent: notices.sms.transport is "off"')
    if (!isPhoneNumber(message.to)) throw new Error('the recipient of a text message is not a telephone number')
    const { to: recipient, template, data, organization } = message
    const language = languageOf(message.language, deps.language)
    const text = renderText<TextName>({ language, wordings: deps.wordings[language] }, template, data)
    await enqueue(deps, tx, [{ recipient, template, data, organization, subject: '', text }])
  }
}
