import type { EventTable } from '../core/index.ts'

/** In each `resource` is the mail, webhook or delivery that it is about. */
export const noticeEvents = {
  'mail.failed': {
    sentence: 'A mail could not be sent and was given up.',
    details: ['template', 'attempts', 'reason'],
  },
  'text.failed': {
    sentence: 'A text message could not be sent and was given up.',
    details: ['template', 'attempts', 'reason'],
  },
  'webhook.created': { sentence: 'A webhook was made.', details: ['name', 'origin', 'events'] },
  'webhook.changed': { sentence: 'Properties of a webhook were changed.', details: ['fields'] },
  'webhook.removed': { sentence: 'A webhook was removed.', details: ['name', 'origin'] },
  'webhook.resigned': {
    sentence: 'The secret of a webhook was replaced; the former one signs too until `formerUntil`.',
    details: ['formerUntil'],
  },
  'webhook.tested': { sentence: 'A test was sent to a webhook.', details: ['delivery', 'answered'] },
  'webhook.resent': { sentence: 'A delivery of a webhook was asked for again.', details: ['delivery'] },
  'webhook.delivery_failed': {
    sentence: 'A delivery of a webhook was given up after every attempt had failed.',
    details: ['delivery', 'about', 'attempts', 'reason'],
  },
  'webhook.disabled': {
    sentence: 'A webhook was disabled because it failed for too long, or said that it is gone.',
    details: ['reason', 'failures', 'failingSince'],
  },
} as const satisfies EventTable
