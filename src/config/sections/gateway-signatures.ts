import { duration, list, section, text } from '../fields.ts'

/** Headers that are made on the way, or that carry the signature itself. */
export const UNSIGNABLE = [
  'connection',
  'signature',
  'signature-input',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

export const signaturesField = section('What is asked of signatures, besides what is always asked.', {
  covers: list(
    'Headers that a signature must cover where a request has them. Method, authority, path and query are always covered, and of a body its `content-digest`, `content-type` and `content-encoding`.',
    text('A header, in lower case.', {
      pattern: '^[a-z][a-z0-9-]*$',
      form: 'must be the name of a header, in lower case',
      maxLength: 64,
      examples: ['idempotency-key'],
    }),
    { default: [], maxItems: 16 },
  ),
  window: duration(
    'How old a signature may be, and how far the clock of its maker may be ahead. Each works once, and is remembered as long.',
    { min: '5s', max: '10m', default: '60s' },
  ),
})
