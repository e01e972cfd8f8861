import { choice, duration, flag, list, orNull, section, text } from '../fields.ts'

const HEADER = { pattern: '^[A-Za-z][A-Za-z0-9-]*$', form: 'must be the name of a header', maxLength: 64 } as const
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Which pages of other origins may use a route: `gateway.cors` for all, `cors` of a route instead of it. */
export const corsField = orNull(
  section('Which pages of other origins may send requests and read the answers. null: none may.', {
    origins: list(
      'Their origins, written as browsers do. `https://*.example.com` stands for one label more; a domain below which strangers have names, such as `github.io`, must not stand behind it. `*` alone is everybody, without cookies. Empty is nobody.',
      text('An origin.', { maxLength: 255, examples: ['https://app.example.com', 'https://*.example.com'] }),
      { default: [], maxItems: 256 },
    ),
    methods: orNull(
      list('The methods they may use; null for those of the route.', choice('A method.', METHODS, {}), {
        minItems: 1,
        maxItems: 6,
      }),
    ),
    headers: list('Headers that they may send.', text('A header.', HEADER), {
      default: [
        'Authorization',
        'Content-Type',
        'DPoP',
        'Idempotency-Key',
        'If-Match',
        'If-None-Match',
        'X-API-Key',
        'X-Request-ID',
      ],
      maxItems: 64,
    }),
    exposed: list('Headers that they may read.', text('A header.', HEADER), {
      default: [
        'Deprecation',
        'ETag',
        'Link',
        'Location',
        'RateLimit',
        'RateLimit-Policy',
        'Retry-After',
        'Sunset',
        'WWW-Authenticate',
        'X-RateLimit-Limit',
        'X-RateLimit-Remaining',
        'X-RateLimit-Reset',
        'X-Request-ID',
      ],
      maxItems: 64,
    }),
    credentials: flag('Let browsers send cookies and let pages read what came for them.', { default: false }),
    maxAge: duration('How long browsers may remember what they were told.', { min: '0s', max: '24h', default: '10m' }),
    privateNetwork: flag(
      'Let pages of the internet ask a server in a private network (`Access-Control-Allow-Private-Network`).',
      { default: false },
    ),
    allowInsecureHttp: flag(
      'Take `http:` origins of other machines: everybody on the way to them can change their pages.',
      { default: false },
    ),
    leaveToUpstream: flag('Write nothing of this, answer no preflight, and let through what the upstream says.', {
      default: false,
    }),
  }),
)
