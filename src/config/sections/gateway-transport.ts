import { duration, integer, list, orNull, section, size, text } from '../fields.ts'

export const proxyProtocolField = orNull(
  section(
    'The PROXY protocol (version 1 and 2), by which a balancer in front says who is behind it. null: it is not read.',
    {
      from: list(
        'Networks of those balancers. From there it must come first on every connection; from elsewhere it is not read.',
        text('An address or CIDR block.', { maxLength: 64, examples: ['10.0.0.0/8'] }),
        { minItems: 1, maxItems: 256 },
      ),
    },
  ),
)

export const websocketField = orNull(
  section(
    'WebSockets on this route. null: it takes none. The handshake is judged as every request is; no extensions are spoken.',
    {
      origins: list(
        'Origins whose pages may open one. Empty: no page may, only programs that are no browser.',
        text('An origin: scheme, host, and port if it is not the usual one.', {
          pattern: '^https?://[a-z0-9.\\[\\]:-]{1,255}$',
          form: 'must be an origin in lower case, such as https://app.example.com',
          maxLength: 263,
          examples: ['https://app.example.com'],
        }),
        { default: [], maxItems: 256 },
      ),
      maxMessage: size('Largest message, either way.', { min: '1b', max: '1gb', default: '1mb' }),
      idle: duration('Silence after which it is closed. Pings of either side are no silence.', {
        min: '1s',
        max: '1d',
        default: '2m',
      }),
      lifetime: duration(
        'How long one may last. A change of the key, session or owner that let it in closes it before; what a token let in is not looked at again.',
        {
          min: '1s',
          max: '1d',
          default: '1h',
        },
      ),
      maxConnections: integer('How many may be open on this route, in each process.', {
        min: 1,
        max: 100_000,
        default: 1000,
      }),
    },
  ),
)
