import { duration, flag, integer, list, orNull, section, size, text } from '../fields.ts'

export const guardFields = {
  guard: section('What protects Sallyport and your API beyond who may what.', {
    outbound: section(
      'Requests to addresses that others name, such as webhooks and the documents of OAuth clients. They go to the public internet alone.',
      {
        allow: orNull(
          list(
            'The only hosts and networks that are reached. null is every public host.',
            text('A host, `*.` and a domain for every name below it, an address or a CIDR block.', {
              maxLength: 255,
              examples: ['hooks.example.com', '*.partner.example', '198.51.100.0/24'],
            }),
            { minItems: 1, maxItems: 256 },
          ),
        ),
        ports: list('The ports that are reached.', integer('A port.', { min: 1, max: 65_535 }), {
          default: [80, 443, 8080, 8443],
          minItems: 1,
          maxItems: 64,
        }),
        allowAnyPort: flag(
          'Reach every port. Whoever names an address can then send requests to mail servers, databases and the like.',
          { default: false },
        ),
        allowInsecureHttp: flag(
          'Take `http:` addresses of strangers. Everybody on the way can read and change what goes there and comes back. Webhooks have a setting of their own.',
          { default: false },
        ),
        allowPrivateNetworks: list(
          'Private networks that are reached all the same. Any stranger who may name an address can then send requests into them. Webhooks have a setting of their own.',
          text('An address or CIDR block.', { maxLength: 64, examples: ['10.20.0.0/16'] }),
          { default: [], maxItems: 64 },
        ),
        timeout: duration('For everything, redirects and the body included, where nothing says a time of its own.', {
          min: '100ms',
          max: '1m',
          default: '10s',
        }),
        connectTimeout: duration('Until a connection stands.', { min: '100ms', max: '1m', default: '3s' }),
        maxBytes: size('The largest answer that is taken, on the wire and unpacked.', {
          min: '1kb',
          max: '64mb',
          default: '1mb',
        }),
        perHost: integer('Requests to one host at once; some more wait.', { min: 1, max: 1000, default: 8 }),
      },
    ),
  }),
}
