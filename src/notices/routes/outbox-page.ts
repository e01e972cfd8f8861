import { parseAddress } from '../../core/index.ts'
import { type ControlApp, problemResponses, sendProblem, streamOf } from '../../http/index.ts'
import type { Notices } from '../notices.ts'
import { outboxPage, PAGE_HEADERS } from '../outbox-page.ts'
import { refuseNotice } from '../problems.ts'

const SHOWN = 50
const PAGE = streamOf('text/html', 'The newest messages.', '<!doctype html>…')

/** The outbox as a page that needs no credential, where the configuration has it: for development. */
export function outboxPageRoute(app: ControlApp, { notices: { openOutbox } }: { readonly notices: Notices }): void {
  if (openOutbox === null) return
  app.get(
    '/outbox',
    {
      config: { permission: 'public' },
      schema: {
        tags: ['notices'],
        summary: 'Read the newest mails and text messages in a browser',
        description: 'Only while `notices.outboxPage` is on.',
        response: { 200: PAGE, ...problemResponses(421) },
      },
    },
    async (request, reply) => {
      if (!isOfThisMachine(request.hostname)) return sendProblem(reply, refuseNotice('OUTBOX_NOT_HERE'))
      return reply.headers(PAGE_HEADERS).send(outboxPage(await openOutbox(SHOWN)))
    },
  )
}

// A name that somebody else gave to our address would let their page read ours.
function isOfThisMachine(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name.endsWith('.localhost') || parseAddress(name) !== null
}
