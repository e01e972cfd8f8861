import { choice, duration, integer, list, map, orNull, section, size, text } from '../fields.ts'

const status = (sentence: string) => integer(sentence, { min: 100, max: 599 })

export const weightsField = map(
  'Shares of the targets, by target: one with 3 gets three times as many requests as one that is not named, which has 1.',
  integer('The share of a target.', { min: 1, max: 1000 }),
  { names: '^https?://[!-~]{1,500}$', form: 'must be one of `targets`', maxProperties: 64, default: {} },
)

export const slowStartField = orNull(
  duration('How long the share of a target grows that was down and came back. null gives it all at once.', {
    min: '1s',
    max: '1h',
  }),
)

export const healthField = orNull(
  section('Questions to each target, whether it is well. null asks nothing.', {
    path: text('The path that is asked for with GET.', {
      pattern: '^/[!-~]*$',
      form: 'must be a path such as /healthz',
      maxLength: 512,
      examples: ['/healthz'],
    }),
    interval: duration('How often each target is asked; a fifth more or less, so that not all are asked at once.', {
      min: '100ms',
      max: '1h',
      default: '10s',
    }),
    timeout: duration('How long an answer may take.', { min: '10ms', max: '1m', default: '2s' }),
    healthy: integer('Good answers in a row that bring a target back.', { min: 1, max: 100, default: 2 }),
    unhealthy: integer('Bad answers in a row that take a target out.', { min: 1, max: 100, default: 3 }),
    statuses: list('The statuses of a target that is well.', status('A status.'), {
      default: [200],
      minItems: 1,
      maxItems: 32,
    }),
  }),
)

export const breakerField = orNull(
  section('When a target that fails gets no requests for a while. null never.', {
    failures: integer('Failures in a row: it is not reached, does not answer in time or not in HTTP.', {
      min: 1,
      max: 1000,
      default: 5,
    }),
    statuses: list('Statuses that count as failures too.', status('A status.'), { default: [], maxItems: 32 }),
    open: duration('How long it gets no requests. After that one at a time says whether it is well again.', {
      min: '100ms',
      max: '1h',
      default: '10s',
    }),
  }),
)

export const retriesField = orNull(
  section('When a request is sent again. null does so only where nothing can have come of the first time.', {
    attempts: integer('How often a request is sent at most, the first time included.', { min: 2, max: 5, default: 2 }),
    on: list(
      'What must have happened: the target was not reached or closed without a word, did not answer in time, or answered with this status.',
      choice('A reason.', ['connect', 'timeout', '502', '503', '504'], {}),
      { default: ['connect', '502', '503'], minItems: 1, maxItems: 5 },
    ),
    methods: list(
      'Methods of requests that may reach the upstream twice. What was never sent is sent again whatever its method.',
      choice('A method that does the same when it is done twice.', ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'], {}),
      { default: ['GET', 'HEAD', 'OPTIONS'], minItems: 1, maxItems: 5 },
    ),
    timeout: orNull(
      duration('Time for the head of each answer. null takes `timeouts.headers`.', { min: '10ms', max: '1h' }),
    ),
    budget: integer('The most retries, in percent of the requests; ten more are in reserve.', {
      min: 1,
      max: 100,
      default: 20,
    }),
    maxBody: size('Largest body that is kept to be sent again; 0b keeps none.', {
      min: '0b',
      max: '1mb',
      default: '0b',
    }),
  }),
)
