import { queryOf, show } from './answer.ts'
import { type Command, type Invocation, numberOption, textOption } from './command.ts'
import { table } from './output.ts'

/** Mail and text messages: what was sent, and what would have been. */
export const noticeCommands: readonly Command[] = [
  {
    noun: 'notices',
    verb: 'outbox',
    summary: 'Show mails and text messages, newest first: what was sent, or kept because nothing is sent here.',
    options: { status: { type: 'string' }, limit: { type: 'string' }, cursor: { type: 'string' } },
    help: {
      status: 'kept, waiting, sent or failed',
      limit: 'how many, at most 100 (20)',
      cursor: 'where the page before said the next begins',
    },
    examples: ['sallyport notices outbox', 'sallyport notices outbox --status failed --json'],
    run: outbox,
  },
]

function outbox(it: Invocation) {
  const query = queryOf({
    status: textOption(it, 'status'),
    limit: numberOption(it, 'limit'),
    cursor: textOption(it, 'cursor'),
  })
  return show(it, 'GET', `/v1/notices/outbox${query}`, undefined, ({ items, nextCursor }) => {
    const mails = items as Record<string, unknown>[]
    const rows = mails.map((mail) => [mail.id, mail.status, mail.createdAt, mail.to, aboutOf(mail)].map(String))
    const more = nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`
    const hint = mails.some(({ status }) => status === 'kept')
      ? '\nKept: nothing is sent while notices.mail.transport is "outbox". The texts: sallyport notices outbox --json'
      : ''
    return `${table(['ID', 'STATUS', 'AT', 'TO', 'SUBJECT'], rows)}${more}${hint}`
  })
}

function aboutOf({ channel, subject, template }: Record<string, unknown>): unknown {
  return channel === 'text' ? `(text message) ${template}` : subject
}
