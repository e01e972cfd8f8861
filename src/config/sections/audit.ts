import { duration, integer, orNull, section, text } from '../fields.ts'

export const auditFields = {
  audit: section('The record of what happened.', {
    flushEvery: duration('Longest time that an access event waits in memory before it is written.', {
      min: '10ms',
      max: '10s',
      default: '1s',
    }),
    queue: integer('How many access events may wait in memory.', { min: 100, max: 1_000_000, default: 10_000 }),
    checkpointEvery: duration('How often the state of the event log is signed.', {
      min: '1s',
      max: '1d',
      default: '1m',
    }),
    checkpointFile: orNull(
      text('File that every signed checkpoint is appended to as well. Keep it on another machine or medium.', {
        maxLength: 1024,
      }),
    ),
  }),
}
