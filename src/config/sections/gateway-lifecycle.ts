import { choice, list, orNull, section, text } from '../fields.ts'

const DATE = {
  pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}Z)?$',
  form: 'must be a date such as 2026-01-31, or 2026-01-31T12:00:00Z',
  maxLength: 20,
} as const
const ADDRESS = {
  pattern: '^(/|https?://)[!#-;=?-~]*$',
  form: 'must be an address or a path, without spaces, quotes and angle brackets',
  maxLength: 1024,
} as const

export const lifecycleField = section('Where the route stands in its life, whose it is, and who may know of it.', {
  state: choice(
    'Where it stands. `deprecated` needs `deprecatedAt`; `sunset` is over already and answers 410.',
    ['preview', 'stable', 'deprecated', 'sunset'],
    { default: 'stable' },
  ),
  deprecatedAt: orNull(text('Since when, or from when, it should not be used any more: `Deprecation`.', DATE)),
  sunsetAt: orNull(text('When it ends: `Sunset`. From then on it answers 410.', DATE)),
  successor: orNull(text('What takes its place: `Link` with `successor-version`.', ADDRESS)),
  document: orNull(text('A page about it, or about why it is deprecated: `Link`.', ADDRESS)),
  owner: orNull(text('Who answers for it, such as a team.', { maxLength: 255 })),
  exposure: choice(
    'Who may know of it. `internal` is there only for `gateway.internalNetworks`; for others there is no such route.',
    ['external', 'internal'],
    { default: 'external' },
  ),
})

export const internalNetworksField = list(
  'Networks that are inside: internal routes are there only for them.',
  text('An address or CIDR block.', { maxLength: 64, examples: ['10.0.0.0/8'] }),
  { default: [], maxItems: 64 },
)
