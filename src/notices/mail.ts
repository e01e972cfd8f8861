import type { Transaction } from '../store/index.ts'
import { isMailAddress } from './address.ts'
import { enqueue, languageOf, type QueueDeps } from './queue.ts'
import { render } from './render.ts'
import type { AllWordings } from './templates/read-templates.ts'
import type { Language, TemplateName, ValuesOf } from './templates/values.ts'

/** A mail that somebody wants written. */
export type Message = {
  [T in TemplateName]: {
    /** At most 20 addresses; each gets a mail of its own. Several times the same is one. */
    readonly to: readonly string[]
    readonly template: T
    readonly data: ValuesOf<T>
    /** What its reader reads; `notices.mail.language` unless told. */
    readonly language?: Language | undefined
    /** Whose it is; the default organization unless told. */
    readonly organization?: string | undefined
  }
}[TemplateName]

const MOST_RECIPIENTS = 20

/**
 * Queues mails in the transaction of what they tell about: both or neither. They are sent after the commit, each at
 * least once; a mail that is sent twice after a crash has the same Message-ID. What holds a link or code is sealed
 * until it was sent, and blank afterwards.
 *
 * @throws on an address that is none, more than 20 of them, or values that the template does not take: bugs of the caller
 */
export function createMailQueue(deps: QueueDeps & { readonly language: Language; readonly wordings: AllWordings }) {
  return async (tx: Transaction, message: Message): Promise<void> => {
    const { template, data, organization } = message
    const recipients = recipientsOf(message)
    const language = languageOf(message.language, deps.language)
    // The compiler cannot follow one template through the table; the parameter did.
    const written = render({ language, wordings: deps.wordings[language] }, template, data as ValuesOf<typeof template>)
    const drafts = recipients.map((recipient) => ({ recipient, template, data, organization, ...written }))
    await enqueue(deps, tx, drafts)
  }
}

function recipientsOf({ to }: Message): readonly string[] {
  const recipients = [...new Set(to)]
  if (recipients.length > MOST_RECIPIENTS) throw new Error(`a mail goes to ${MOST_RECIPIENTS} addresses at the most`)
  const wrong = recipients.find((address) => !isMailAddress(address))
  if (wrong !== undefined) throw new Error('a recipient of a mail is not a mail address')
  return recipients
}
