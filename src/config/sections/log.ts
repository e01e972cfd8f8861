import { choice, section } from '../fields.ts'

export const logFields = {
  log: section('The log on stderr, one JSON object a line.', {
    level: choice('The least serious message that is written.', ['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
      default: 'info',
    }),
  }),
}
