import { choice, integer, orNull, section, window } from '../fields.ts'

export const limitField = section('How often something may happen. Several limits hold all at once.', {
  by: choice(
    'What is counted: each API key, person or service (`principal`), organization, client address, the whole route, or each pair. Nobody known is counted by address.',
    [
      'key',
      'principal',
      'organization',
      'address',
      'route',
      'key+address',
      'principal+address',
      'organization+address',
    ],
    {},
  ),
  max: integer('How many requests are allowed in a window.', { min: 1, max: 1_000_000_000 }),
  per: window('The window: `second`, `minute`, `hour`, `day`, `month`, or a duration.', { min: '1s', max: '31d' }),
  burst: orNull(integer('How many may come at once. null means as many as `max`.', { min: 1, max: 1_000_000_000 })),
  kind: orNull(
    choice(
      '`rate`: at most so many in any stretch of this length. `quota`: so many from the begin of each hour, day or month (UTC) to its end. null means a quota for a month and a rate for all else.',
      ['rate', 'quota'],
      {},
    ),
  ),
})
