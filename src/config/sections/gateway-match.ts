import { choice, list, map, nullable, orNull, section, text } from '../fields.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export const matchField = section('Which requests this route is about.', {
  host: orNull(
    text('The host, such as `api.example.com`; `*.example.com` takes one label before it. null means any.', {
      maxLength: 253,
      examples: ['api.example.com'],
    }),
  ),
  path: text(
    'Exact (`/orders`), with parameters (`/orders/{id}`), or ending in `/*` (one segment) or `/**` (all below).',
    {
      maxLength: 1024,
      examples: ['/orders/**'],
    },
  ),
  parameters: map(
    'What parameters of the path must look like, by their names. The whole part must match.',
    text(
      'A regular expression of few words, matched in linear time: characters, `.`, `[a-z]`, `\\d`, `\\w`, `( | )`, `?`, `*`, `+`, `{n,m}`.',
      { maxLength: 256, examples: ['[0-9]+'] },
    ),
    {
      names: '^[A-Za-z][A-Za-z0-9_]{0,31}$',
      form: 'must be the name of a parameter: letters, digits and `_`',
      maxProperties: 16,
      default: {},
    },
  ),
  headers: map(
    'Headers that must be there, by their names.',
    nullable(text('What the header says, exactly; null for whatever it says.', { maxLength: 1024 })),
    {
      names: '^[A-Za-z0-9-]{1,64}$',
      form: 'must be the name of a header: letters, digits and `-`',
      maxProperties: 8,
      default: {},
    },
  ),
  methods: orNull(
    list('The methods; null means any.', choice('A method, in capitals.', METHODS, {}), { minItems: 1, maxItems: 7 }),
  ),
})
