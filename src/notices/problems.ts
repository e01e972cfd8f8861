import { problemsOf } from '../core/index.ts'

/** What can be wrong around mail and webhooks. */
export const noticeProblems = {
  WEBHOOK_UNKNOWN: {
    status: 404,
    title: 'No such webhook',
    detail: 'There is no webhook with this id that you may see.',
  },
  DELIVERY_UNKNOWN: {
    status: 404,
    title: 'No such delivery',
    detail: 'There is no delivery with this id that you may see; finished ones are forgotten after a while.',
  },
  WEBHOOK_DISABLED: {
    status: 409,
    title: 'The webhook is disabled',
    detail: 'It is told nothing until it is enabled. Enable it first.',
  },
  WEBHOOKS_TOO_MANY: {
    status: 409,
    title: 'Too many webhooks',
    detail: 'Your organization has as many webhooks as it may have. Remove one, or raise notices.webhooks.most.',
  },
  OUTBOX_NOT_HERE: {
    status: 421,
    title: 'The outbox is not shown under this name',
    detail: 'Open it at localhost or at an IP address, so that no page of somebody else can read it.',
  },
} as const

export const refuseNotice = problemsOf(noticeProblems)
