import { choice, integer, list, map, orNull, section, size, text, window } from '../fields.ts'
import { NAME, NAME_FORM } from './gateway-name.ts'

const rateField = section('How often somebody may ask.', {
  max: integer('How many requests are allowed in a window.', { min: 1, max: 1_000_000_000 }),
  per: window('The window: `second`, `minute`, `hour`, `day`, `month`, or a duration.', { min: '1s', max: '31d' }),
  burst: orNull(integer('How many may come at once. null means as many as `max`.', { min: 1, max: 1_000_000_000 })),
  kind: orNull(
    choice('`rate` or `quota`, as for the limits of a route. null means a quota for a month.', ['rate', 'quota'], {}),
  ),
})

const rates = (minute: number, hour: number, day: number) => [
  { max: minute, per: 'minute' },
  { max: hour, per: 'hour' },
  { max: day, per: 'day' },
]

export const tiersField = map(
  'What callers may do at the most, by the name of their tier. It holds beside the limits of routes and keys.',
  section('What each API key of the tier may do, and each person or service that comes with a token or session.', {
    rates: list('How often.', rateField, { default: [], maxItems: 8 }),
    atOnce: orNull(integer('How many requests are answered at once.', { min: 1, max: 1_000_000 })),
    maxBody: orNull(size('The largest body. Routes may allow less.', { min: '0b', max: '10gb' })),
  }),
  {
    names: '^[a-z][a-z0-9-]{0,31}$',
    form: 'must be a name such as production: small letters, digits and `-`, at most 32',
    maxProperties: 64,
    default: {
      production: { rates: rates(1000, 50_000, 1_000_000), atOnce: 100, maxBody: '50mb' },
      development: { rates: rates(100, 5000, 100_000), atOnce: 10, maxBody: '5mb' },
    },
  },
)

export const tierOfField = list(
  'Who has which tier: the first that is about a caller. Nobody has one unless it is said here.',
  section('Callers with a tier. Without conditions, all whom a credential makes known.', {
    tier: text('Name of the tier.', { maxLength: 64 }),
    environments: orNull(
      list('API keys of these environments.', choice('An environment.', ['live', 'test', 'dev', 'int'], {}), {
        minItems: 1,
        maxItems: 4,
      }),
    ),
    organizations: orNull(
      list('Callers of these organizations.', text('Id of an organization.', { pattern: NAME, form: NAME_FORM }), {
        minItems: 1,
        maxItems: 1000,
      }),
    ),
  }),
  { default: [], maxItems: 256 },
)
