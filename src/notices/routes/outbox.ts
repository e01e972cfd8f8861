import { Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
} from '../../http/index.ts'
import type { Notices } from '../notices.ts'
import type { Mail } from '../outbox.ts'
import { CHANNELS, MAIL_STATUSES } from '../queue.ts'
import { iso, isoOrNull } from './bodies.ts'
import { MailBody, oneOf } from './schemas.ts'

/** What was mailed, and what would have been: with the transport `outbox` nothing leaves, and this is where it is read. */
export function outboxRoutes(app: ControlApp, { notices }: { readonly notices: Notices }): void {
  app.get(
    '/v1/notices/outbox',
    {
      ...declareCaller('notices:read'),
      schema: {
        tags: ['notices'],
        summary: 'List mails and text messages, newest first',
        description:
          '`kept`: nothing is sent, because `notices.mail.transport` is `outbox`. With `smtp`: `waiting`, `sent`, or `failed` when it was given up.',
        querystring: Type.Object(
          { ...pageQuery, status: Type.Optional(oneOf(MAIL_STATUSES)), channel: Type.Optional(oneOf(CHANNELS)) },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(MailBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { status, channel, ...query } = request.query
      const page = await readPage(query, (part) => notices.outbox({ status, channel }, part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(mailBody), nextCursor: page.value.nextCursor })
    },
  )
}

function mailBody({ organization: _organization, createdAt, finishedAt, ...rest }: Mail) {
  return { ...rest, createdAt: iso(createdAt), finishedAt: isoOrNull(finishedAt) }
}
