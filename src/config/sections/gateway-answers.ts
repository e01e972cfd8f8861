import { choice, orNull, section, size } from '../fields.ts'

const ACTS = ['replace', 'inspect', 'pass'] as const

/** What becomes of errors of an upstream. */
export const errorsField = section(
  'Bodies of errors of the upstream: a problem of ours with the same status in their place (`replace`), or only where they tell of the inside, such as a stack trace or an error of SQL (`inspect`), or never (`pass`).',
  {
    server: choice('Its own errors, 5xx.', ACTS, { default: 'replace' }),
    client: choice('Those that it blames on the client, 4xx.', ACTS, { default: 'pass' }),
  },
)

const leak = (what: string) =>
  orNull(choice(`${what}: masked, or the answer is not let out. null does not look for them.`, ['mask', 'block'], {}))

/** What is looked for in answers before they leave. */
export const leaksField = orNull(
  section('Secrets and personal data that are looked for in answers that are texts.', {
    card: leak('Numbers of payment cards'),
    ssn: leak('American social security numbers, as 123-45-6789'),
    privateKey: leak('Private keys in PEM'),
    cloudKey: leak('Keys of clouds, code hosts and payment services'),
    ownKey: leak('API keys of ours, and signed tokens that we issued'),
    maxBody: size('Largest answer that is looked through.', { min: '1kb', max: '64mb', default: '1mb' }),
    larger: choice(
      'What becomes of a larger one, and of a stream of events: it is not let out, or passes without being looked at.',
      ['block', 'pass-unseen'],
      { default: 'block' },
    ),
  }),
)
