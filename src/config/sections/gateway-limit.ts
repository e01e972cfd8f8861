import { choice, integer, list, orNull, section, text, window } from '../fields.ts'

const PART = '(key|principal|organization|address|header:[A-Za-z][A-Za-z0-9-]{0,63}|claim(:[A-Za-z0-9_.-]{1,64})?)'

export const limitField = section('How often something may happen. Several limits hold all at once.', {
  by: text(
    'What is counted: each API key (`key`), person or service (`principal`), `organization`, client `address`, value of a header (`header:NAME`) or of a claim of the verified token (`claim:NAME`), each combination of up to four of them (`organization+header:X-Plan`), or the whole `route`. Nobody known is counted by address; requests without the header are counted together, those without the claim by principal.',
    {
      pattern: `^(route|${PART}(\\+${PART}){0,3})$`,
      form: 'must be key, principal, organization, address, header:NAME, claim:NAME, up to four of them joined by "+", or route',
      examples: ['key', 'principal+address', 'header:X-Plan', 'claim:tenant'],
    },
  ),
  claim: orNull(
    list(
      'The names on the way to the claim that is meant by a plain `claim` in `by`, for one inside another or with a name such as an address.',
      text('A name.', { maxLength: 255 }),
      { minItems: 1, maxItems: 8 },
    ),
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
  where: orNull(
    section('Whom the limit holds, by the country of their address. Whose country is not known it always holds.', {
      countries: orNull(countries('Those in these countries.')),
      outside: orNull(countries('Those anywhere else than in these countries.')),
    }),
  ),
})

function countries(sentence: string) {
  const code = text('A country.', { pattern: '^[A-Z]{2}$', form: 'must be a country of ISO 3166-1, such as DE' })
  return list(sentence, code, { minItems: 1, maxItems: 250 })
}
