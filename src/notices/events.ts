import type { EventTable } from '../core/index.ts'

export const noticeEvents = {
  'mail.failed': {
    sentence: 'A mail could not be sent and was given up. `resource` is the mail.',
    details: ['template', 'attempts', 'reason'],
  },
} as const satisfies EventTable
