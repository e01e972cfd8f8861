import { choice, duration, flag, integer, list, map, orNull, port, section, size, text, window } from '../fields.ts'
import { PLACE } from './access-properties.ts'

/** Names that people choose: they appear in logs, metrics and events. */
const NAME = '^[A-Za-z][A-Za-z0-9._-]{0,63}$'
const NAME_FORM = 'must start with a letter and hold at most 64 letters, digits, `.`, `_` or `-`'

/** RFC 6749, section 3.3: scope-token. */
const SCOPE = '^[\\u0021\\u0023-\\u005b\\u005d-\\u007e]+$'
const PART = '(\\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})'
const PERMISSION = `^(\\*|${PART}(:${PART}){1,2})$`

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export const upstreamField = section('An API behind the gateway.', {
  targets: list(
    'Where it runs: scheme, host and port. Requests are spread over all of them.',
    text('`http://HOST:PORT` or `https://HOST:PORT`, without path.', {
      maxLength: 512,
      examples: ['http://127.0.0.1:9090'],
    }),
    { minItems: 1, maxItems: 64 },
  ),
  connections: integer('Most connections to one target.', { min: 1, max: 4096, default: 128 }),
  timeouts: section('How long to wait for the upstream.', {
    connect: duration('For the connection.', { min: '10ms', max: '1m', default: '5s' }),
    headers: duration('For the head of the response, once the request is sent.', {
      min: '10ms',
      max: '1h',
      default: '30s',
    }),
    body: duration('Between two pieces of a body.', { min: '10ms', max: '1d', default: '1m' }),
  }),
})

const namedFrom = choice(
  'Where the request names the object: a parameter of the path or of the query.',
  ['path', 'query'],
  {
    default: 'path',
  },
)

const limitField = section('How often something may happen. Several limits hold all at once.', {
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

export const routeField = section('What is let through, to where, and for whom. What no route declares is refused.', {
  id: text('Name of the route, in events, metrics and `sallyport explain`.', { pattern: NAME, form: NAME_FORM }),
  match: section('Which requests this route is about.', {
    path: text(
      'Exact (`/orders`), with parameters (`/orders/{id}`), or ending in `/*` (one segment) or `/**` (all below).',
      {
        maxLength: 1024,
        examples: ['/orders/**'],
      },
    ),
    methods: orNull(
      list('The methods; null means any.', choice('A method, in capitals.', METHODS, {}), { minItems: 1, maxItems: 7 }),
    ),
  }),
  upstream: text('Name of the upstream that answers.', { maxLength: 64 }),
  authenticate: list(
    'Which credentials are taken: `apiKey`, `jwt` (signed access tokens, ours or of a trusted issuer), `opaque` (access tokens of ours that say nothing by themselves), `dpop` and `mtls` (only such that are bound to a key or a certificate), `session` (a person’s cookie).',
    choice('A kind of credential.', ['apiKey', 'jwt', 'opaque', 'dpop', 'mtls', 'session'], {}),
    {
      default: [],
      maxItems: 8,
    },
  ),
  tokens: section('What is asked of access tokens, besides what is always asked.', {
    audience: orNull(
      text(
        'Who they must be for. null takes those for this server, and of another issuer those for one of its `audiences`.',
        { maxLength: 512, examples: ['https://api.example.com'] },
      ),
    ),
    issuers: orNull(
      list(
        'The only issuers that are taken; null for all: ourselves and `oauth.issuers`.',
        text('The name of an issuer, as its tokens carry it.', { maxLength: 512 }),
        { minItems: 1, maxItems: 32 },
      ),
    ),
    once: flag('Each token works once, on whichever node.', { default: false }),
  }),
  public: flag('Let everybody through, without any credential.', { default: false }),
  require: section('What the caller must have been granted; all of it.', {
    scopes: list(
      'Scopes.',
      text('A scope.', {
        pattern: SCOPE,
        form: 'must be a scope: printable, no spaces, quotes or `\\`',
        maxLength: 128,
      }),
      {
        default: [],
        maxItems: 64,
      },
    ),
    permissions: list(
      'Permissions, as `resource:action`.',
      text('A permission.', {
        pattern: PERMISSION,
        form: 'must be a permission such as `orders:read`, `orders:*` or `orders:read:42`',
        maxLength: 200,
      }),
      { default: [], maxItems: 64 },
    ),
    acr: orNull(
      choice(
        'How surely people must have proved who they are: one factor, two, or a passkey bound to one device. Machines prove no such thing, and are refused.',
        ['aal1', 'aal2', 'aal3'],
        {},
      ),
    ),
    maxAge: orNull(duration('How long ago they may have proved it. Machines are refused.', { min: '1s', max: '365d' })),
    level: orNull(
      choice(
        'Who they must be: anybody with a good credential (`known`), a person (`person`), a machine (`machine`), or whoever holds the permission `gateway:administer` (`admin`).',
        ['known', 'person', 'machine', 'admin'],
        {},
      ),
    ),
    owner: orNull(
      section('The object must be theirs. `access.properties` says whose an object of the type is.', {
        type: text('The type in `access.properties`.', { maxLength: 64 }),
        from: choice(
          'Where it says whose it is: a parameter of the path, a parameter of the query, a property of the body, or the answer of the upstream, which nobody sees before. With `answer` a request that changes something is sent on only after a `GET` of the same path said that it is theirs.',
          ['path', 'query', 'body', 'answer'],
          {},
        ),
        name: orNull(text('The parameter or property that names the owner. With `answer` null.', { maxLength: 255 })),
        otherwise: choice('What others are told: 404, as of an object that does not exist, or 403.', ['404', '403'], {
          default: '404',
        }),
      }),
    ),
    relation: orNull(
      section('The caller must have a relation to the object, by the tuples of their organization.', {
        relation: text('The relation, such as `viewer`.', { pattern: NAME, form: NAME_FORM }),
        type: text('The type of the object in the model of relations.', { pattern: NAME, form: NAME_FORM }),
        from: namedFrom,
        name: text('The parameter that names the object.', { maxLength: 255 }),
        otherwise: choice('What others are told: 404, as of an object that does not exist, or 403.', ['404', '403'], {
          default: '404',
        }),
      }),
    ),
    policy: orNull(
      section('Policies, permissions and relations together must allow an action, and none of them deny it.', {
        action: text('The action, such as `read`.', { pattern: NAME, form: NAME_FORM }),
        type: text('The type of the object.', { pattern: NAME, form: NAME_FORM }),
        from: namedFrom,
        name: orNull(
          text('The parameter that names the object; null asks about the type as a whole.', { maxLength: 255 }),
        ),
        otherwise: choice('What others are told: 404, as of an object that does not exist, or 403.', ['404', '403'], {
          default: '403',
        }),
      }),
    ),
  }),
  limits: list('Limits of this route.', limitField, { default: [], maxItems: 16 }),
  input: section('What a request may bring.', {
    maxBody: size('Largest body that is passed on.', { min: '0b', max: '1gb', default: '1mb' }),
    properties: orNull(
      text('The type in `access.properties` whose writable properties may come in a body, which must be JSON then.', {
        maxLength: 64,
      }),
    ),
    outside: choice(
      'What happens with other properties: the request is refused, or they are cut out.',
      ['refuse', 'strip'],
      {
        default: 'refuse',
      },
    ),
  }),
  output: section('What an answer may tell.', {
    properties: orNull(
      text(
        'The type in `access.properties` whose readable properties are let through. The answer must be JSON then; anything else is withheld.',
        { maxLength: 64 },
      ),
    ),
    at: orNull(
      text('Where the objects stand in the answer. null takes the whole answer as one object, or a list of them.', {
        pattern: PLACE,
        form: 'must be a place such as `items[]`, `data.orders[]` or `order`',
        maxLength: 255,
        examples: ['items[]'],
      }),
    ),
    beside: list(
      'What is let through beside the objects, such as `next`.',
      text('A property outside of `at`.', { maxLength: 255 }),
      { default: [], maxItems: 64 },
    ),
    maxBody: size('Largest answer that is read for this; a larger one is withheld.', {
      min: '1kb',
      max: '64mb',
      default: '1mb',
    }),
  }),
  credentials: section('Where a credential may be.', {
    query: flag(
      'Take an API key from `?api_key=` too. Addresses end up in logs and histories: only for callers that cannot set headers.',
      {
        default: false,
      },
    ),
  }),
  timeouts: section('Time for the whole exchange.', {
    total: orNull(
      duration(
        'From the first byte of the request to the last of the response. null means no such limit, as streams need.',
        { min: '10ms', max: '1d' },
      ),
    ),
  }),
  rewrite: section('What is changed on the way to the upstream.', {
    stripPrefix: orNull(
      text('Start of the path that the upstream does not see.', { maxLength: 1024, examples: ['/orders'] }),
    ),
  }),
})

export const gatewayFields = {
  gateway: section('The gateway: lets through what is declared here, and nothing else.', {
    port: port('Port of the gateway; 0 takes a free one.', { default: 8080 }),
    trustedProxies: list(
      'Networks of the proxies in front of the gateway, whose `X-Forwarded-*` headers are believed.',
      text('An address or CIDR block.', { maxLength: 64, examples: ['10.0.0.0/8'] }),
      { default: [], maxItems: 256 },
    ),
    clientCertificateHeader: orNull(
      text(
        'The header in which those proxies name the certificate of the client: as RFC 9440 says, as base64 of DER, or as PEM with percent-encoding. They must remove what clients send under this name. It is believed from them alone, and never passed on.',
        {
          pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$',
          form: 'must be the name of a header, such as Client-Cert',
        },
      ),
    ),
    upstreams: map('The APIs behind the gateway, by name.', upstreamField, {
      names: NAME,
      maxProperties: 1000,
      default: {},
    }),
    allowUndeclaredRoutes: flag(
      'Let routes load that ask for a credential and do not say who may use them. Any good credential opens them.',
      { default: false },
    ),
    admin: orNull(
      section('Functions of administrators: all paths under one prefix, whatever route they are on.', {
        prefix: text('Where they are. Letter case does not matter.', {
          pattern: '^(/[A-Za-z0-9._~-]+)+$',
          form: 'must be whole plain parts, such as /admin',
          maxLength: 255,
          default: '/admin',
        }),
        networks: list(
          'Networks that they can be reached from; empty for all.',
          text('An address or CIDR block.', { maxLength: 64, examples: ['10.0.0.0/8'] }),
          {
            default: [],
            maxItems: 64,
          },
        ),
        acr: orNull(
          choice(
            'How surely administrators must have proved who they are. Machines are refused then.',
            ['aal1', 'aal2', 'aal3'],
            {},
          ),
        ),
      }),
    ),
    routes: list('The routes.', routeField, { default: [], maxItems: 5000 }),
  }),
}
