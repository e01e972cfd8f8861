import { describe, expect, test } from 'vitest'
import { CHECKS } from './checks.ts'
import { readEnvironment } from './environment.ts'
import { interpret } from './interpret.ts'
import { LATER } from './later.ts'
import { createReport, formatProblem } from './problem.ts'
import { configNode } from './schema.ts'
import { problemsOf } from './testing.ts'
import { emptyBranch, layOver } from './tree.ts'
import { readYaml } from './yaml.ts'

/** One mistake or several, and where each is told: `line:column path: start of the sentence`, or the variable instead. */
type Mistake = {
  readonly says: string
  readonly yaml?: string
  readonly env?: Readonly<Record<string, string>>
  readonly finds: readonly string[]
}

/** A gateway whose only route is this text, with an upstream `orders`. The route's first line is line 4, its first column 7. */
const route = (...lines: readonly string[]) =>
  [
    'gateway:',
    '  upstreams: { orders: { targets: ["http://127.0.0.1:9090"] } }',
    '  routes:',
    `    - ${lines.join('\n      ')}`,
  ].join('\n')
/** A route that is right but for what is added to it. */
const openRoute = (...lines: readonly string[]) =>
  route('id: a', 'match: { path: /a }', 'upstream: orders', 'public: true', ...lines)
const keyRoute = (...lines: readonly string[]) =>
  route('id: a', 'match: { path: /a }', 'upstream: orders', 'authenticate: [apiKey]', ...lines)
const target = (text: string) => `gateway: { upstreams: { a: { targets: ["${text}"] } } }`
const proxies = (text: string) => `gateway: { trustedProxies: ["${text}"] }`
const pathRoute = (path: string) =>
  route('id: a', `match: { path: ${JSON.stringify(path)} }`, 'upstream: orders', 'public: true')
const group = (more: string) => `gateway: { upstreams: { a: { targets: ["http://a"], ${more} } } }`
const matching = (match: string) => route('id: a', `match: { ${match} }`, 'upstream: orders', 'public: true')

const FORM: readonly Mistake[] = [
  {
    says: 'a setting that does not exist names the likely one',
    yaml: 'contrl: {}',
    finds: ['1:1 contrl: there is no setting "contrl" here; did you mean "control"?'],
  },
  {
    says: 'a setting that resembles nothing is told what there is',
    yaml: 'log: { colour: red }',
    finds: ['1:8 log.colour: there is no setting "colour" here; there are level'],
  },
  {
    says: 'a number for a text asks for quotes',
    yaml: 'data: 7',
    finds: ['1:7 data: must be a text, not 7; put it in quotes'],
  },
  { says: 'a list for a text', yaml: 'data: [a]', finds: ['1:7 data: must be a text, not a list'] },
  { says: 'an empty text', yaml: 'data: ""', finds: ['1:7 data: must not be empty'] },
  {
    says: 'a text that is too long',
    yaml: `data: ${'a'.repeat(1025)}`,
    finds: ['1:7 data: must be at most 1024 characters long'],
  },
  {
    says: 'a null byte in a text',
    yaml: 'data: "a\\0b"',
    finds: ['1:7 data: must be one line without control characters, not "a\\u0000b"'],
  },
  { says: 'two lines for one', yaml: 'data: "a\\nb"', finds: ['1:7 data: must be one line'] },
  {
    says: 'a scheme before the host',
    yaml: 'host: http://localhost',
    finds: ['1:7 host: must be an IP address or a host name, without scheme and port, not "http://localhost"'],
  },
  {
    says: 'a port beyond all ports',
    yaml: 'control:\n  port: 65536',
    finds: ['2:9 control.port: must be a whole number from 0 to 65535, not 65536'],
  },
  {
    says: 'a port below all ports',
    yaml: 'control: { port: -1 }',
    finds: ['1:18 control.port: must be a whole number'],
  },
  { says: 'half a port', yaml: 'control: { port: 40.5 }', finds: ['1:18 control.port: must be a whole number'] },
  { says: 'an infinite port', yaml: 'control: { port: .inf }', finds: ['1:18 control.port: must be a whole number'] },
  {
    says: 'a quoted number',
    yaml: 'control: { port: "4000" }',
    finds: ['1:18 control.port: must be a whole number from 0 to 65535, not "4000"'],
  },
  {
    says: 'nothing for a number',
    yaml: 'control: { port: }',
    finds: ['1:18 control.port: must be a whole number from 0 to 65535, not nothing'],
  },
  {
    says: 'a word for yes that YAML 1.1 knew',
    yaml: openRoute('credentials: { query: yes }'),
    finds: ['8:29 gateway.routes[0].credentials.query: must be true or false, not "yes"'],
  },
  {
    says: 'a section with nothing in it',
    yaml: 'redis:',
    finds: ['1:7 redis: is empty; write its values beneath it, or remove it'],
  },
  {
    says: 'a value for a section',
    yaml: 'redis: localhost',
    finds: ['1:8 redis: must hold url and prefix, not "localhost"'],
  },
  { says: 'a list instead of everything', yaml: '- a', finds: ['1:1 must hold data, host'] },
  {
    says: 'a word that is no choice, with the likely one',
    yaml: 'log: { level: wran }',
    finds: [
      '1:15 log.level: must be "fatal", "error", "warn", "info", "debug" or "trace", not "wran"; did you mean "warn"?',
    ],
  },
  {
    says: 'a method in small letters',
    yaml: route('id: a', 'match: { path: /a, methods: [get] }', 'upstream: orders', 'public: true'),
    finds: [
      '5:36 gateway.routes[0].match.methods[0]: must be "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" or "OPTIONS", not "get"; did you mean "GET"?',
    ],
  },
  {
    says: 'no method at all',
    yaml: route('id: a', 'match: { path: /a, methods: [] }', 'upstream: orders', 'public: true'),
    finds: ['5:35 gateway.routes[0].match.methods: must have at least 1 entry'],
  },
  {
    says: 'a method twice',
    yaml: route('id: a', 'match: { path: /a, methods: [GET, GET] }', 'upstream: orders', 'public: true'),
    finds: ['5:41 gateway.routes[0].match.methods[1]: "GET" is in this list twice'],
  },
  {
    says: 'a duration without a unit',
    yaml: 'audit: { flushEvery: 30 }',
    finds: ['1:22 audit.flushEvery: must have a unit: 30ms, 30s, 30m, 30h or 30d'],
  },
  {
    says: 'a duration in words',
    yaml: 'audit: { flushEvery: 1 second }',
    finds: ['1:22 audit.flushEvery: must be a duration such as 1s, not "1 second"'],
  },
  {
    says: 'a duration that is too short',
    yaml: 'audit: { flushEvery: 9ms }',
    finds: ['1:22 audit.flushEvery: must be from 10ms to 10s, not 9ms'],
  },
  {
    says: 'a duration that is too long',
    yaml: 'audit: { flushEvery: 11s }',
    finds: ['1:22 audit.flushEvery: must be from 10ms to 10s, not 11s'],
  },
  {
    says: 'a size without a unit',
    yaml: openRoute('input: { maxBody: 1000 }'),
    finds: ['8:25 gateway.routes[0].input.maxBody: must have a unit: 1000b, 1000kb, 1000mb or 1000gb'],
  },
  {
    says: 'a size in capitals',
    yaml: openRoute('input: { maxBody: 1MB }'),
    finds: ['8:25 gateway.routes[0].input.maxBody: must be a size such as 1mb, not "1MB"'],
  },
  {
    says: 'a window that is no window',
    yaml: openRoute('limits: [{ by: route, max: 1, per: week }]'),
    finds: [
      '8:42 gateway.routes[0].limits[0].per: must be second, minute, hour, day, month or a duration such as 31d, not "week"',
    ],
  },
  {
    says: 'a limit of nothing',
    yaml: openRoute('limits: [{ by: route, max: 0, per: minute }]'),
    finds: ['8:34 gateway.routes[0].limits[0].max: must be a whole number from 1 to 1000000000, not 0'],
  },
  {
    says: 'one value where a list belongs',
    yaml: route('id: a', 'match: { path: /a }', 'upstream: orders', 'authenticate: apiKey'),
    finds: ['7:21 gateway.routes[0].authenticate: must be a list, even of one'],
  },
  {
    says: 'an upstream without targets',
    yaml: 'gateway: { upstreams: { a: {} } }',
    finds: ['1:28 gateway.upstreams.a.targets: is missing'],
  },
  {
    says: 'a misspelled setting that must be given is told once, by its wrong name',
    yaml: 'gateway: { upstreams: { a: { target: ["http://a"] } } }',
    finds: ['1:30 gateway.upstreams.a.target: there is no setting "target" here; did you mean "targets"?'],
  },
  {
    says: 'an upstream with an impossible name',
    yaml: 'gateway: { upstreams: { "a b": { targets: ["http://a"] } } }',
    finds: ['1:25 gateway.upstreams["a b"]: is no good name'],
  },
  {
    says: 'an upstream that would reach into the language',
    yaml: 'gateway: { upstreams: { __proto__: { targets: ["http://a"] } } }',
    finds: ['1:25 gateway.upstreams.__proto__: is no good name'],
  },
  {
    says: 'a scope that no credential could carry',
    yaml: 'access: { scopes: { "orders read": "Read orders" } }',
    finds: ['1:21 access.scopes["orders read"]: is no good scope'],
  },
  {
    says: 'a scope named like all scopes',
    yaml: 'access: { scopes: { "*": "Everything" } }',
    finds: ['1:21 access.scopes["*"]: is no good scope'],
  },
  {
    says: 'a life of keys that is longer than any key may have',
    yaml: 'keys: { classifications: { LOW: { days: 366 } } }',
    finds: ['1:41 keys.classifications.LOW.days: must be a whole number from 1 to 365, not 366'],
  },
  {
    says: 'a number of keys in words, from the environment',
    env: { SALLYPORT_KEYS_CLASSIFICATIONS_LOW_MOST_ACTIVE: 'many' },
    finds: [
      'SALLYPORT_KEYS_CLASSIFICATIONS_LOW_MOST_ACTIVE keys.classifications.LOW.mostActive: must be a whole number from 0 to 1000000',
    ],
  },
  {
    says: 'a role that does not exist',
    yaml: 'access: { roles: { root: { mostKeys: 1 } } }',
    finds: ['1:20 access.roles.root: there is no setting "root" here'],
  },
  {
    says: 'a setting that would reach into the language',
    yaml: 'control: { __proto__: { port: 1 } }',
    finds: ['1:12 control.__proto__: there is no setting "__proto__" here'],
  },
  {
    says: 'a scope with a space',
    yaml: keyRoute('require: { scopes: ["a b"] }'),
    finds: ['8:27 gateway.routes[0].require.scopes[0]: must be a scope'],
  },
  {
    says: 'a permission without an action',
    yaml: keyRoute('require: { permissions: [orders] }'),
    finds: ['8:32 gateway.routes[0].require.permissions[0]: must be a permission'],
  },
  {
    says: 'a role that no organization could make',
    yaml: keyRoute('require: { roles: [Admin] }'),
    finds: ['8:26 gateway.routes[0].require.roles[0]: must be the name of a role'],
  },
  {
    says: 'several at once, in the order of the file',
    yaml: 'log: { level: x }\ncontrol: { prt: 1 }\nhost: ""',
    finds: ['1:15 log.level: must be', '2:12 control.prt: there is no', '3:7 host: must not be empty'],
  },
]

const YAML: readonly Mistake[] = [
  {
    says: 'a key written twice',
    yaml: 'host: a\nhost: b',
    finds: ['2:1 host: "host" is written twice here; keep one'],
  },
  {
    says: 'a key written twice beside another mistake',
    yaml: 'host: a\nhost: b\nlog: { level: x }',
    finds: ['2:1 host: "host" is written', '3:15 log.level: must be'],
  },
  {
    says: 'a bracket that is never closed',
    yaml: 'gateway: [',
    finds: ['1:11 the indentation does not fit the lines around it, or a closing bracket is missing'],
  },
  { says: 'a tab', yaml: 'log:\n\tlevel: info', finds: ['2:1 indent with spaces, not with tabs'] },
  { says: 'two documents', yaml: 'host: a\n---\nhost: b', finds: ['2:1 only one document is read'] },
  { says: 'a tag', yaml: 'host: !env HOST', finds: ['1:7 tags (`!name`) are not read here'] },
  {
    says: 'a tag of another language',
    yaml: 'host: !!js/function "x"',
    finds: ['1:7 tags (`!name`) are not read here'],
  },
  { says: 'an older version of YAML', yaml: '%YAML 1.1\n---\nhost: a', finds: ['only YAML 1.2 is read'] },
  {
    says: 'a merge key',
    yaml: 'log: &l { level: info }\nkeys: { <<: *l }',
    finds: ['2:9 keys["<<"]: there is no setting "<<" here'],
  },
  { says: 'an alias to nothing', yaml: 'host: *nothing', finds: ['1:7 host: there is no anchor "&nothing" above'] },
  { says: 'a key that is a number', yaml: '1: a', finds: ['1:1 a key here is not text; write it in quotes'] },
  { says: 'a key that is a list', yaml: '? [a]\n: b', finds: ['1:3 a key here is not text'] },
  {
    says: 'a value that holds itself',
    yaml: 'a: &a [*a]',
    finds: ['this is nested deeper than 32 levels or holds more than 100000 values'],
  },
  {
    says: 'a billion laughs',
    yaml: [
      'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]`),
    ].join('\n'),
    finds: ['this is nested deeper than 32 levels or holds more than 100000 values'],
  },
  {
    says: 'a list in a list in a list and so on',
    yaml: `a: ${'['.repeat(40)}${']'.repeat(40)}`,
    finds: ['this is nested deeper'],
  },
]

const MEANING: readonly Mistake[] = [
  {
    says: 'a role required of whoever shows a token, which carries none',
    yaml: route(
      'id: a',
      'match: { path: /a }',
      'upstream: orders',
      'authenticate: [jwt]',
      'require: { roles: [admin] }',
    ),
    finds: [
      '8:18 gateway.routes[0].require.roles: can not be required where only tokens are taken, which carry permissions and no roles',
    ],
  },
  {
    says: 'what is asked of signatures on a route that takes none',
    yaml: keyRoute('signatures: { covers: [idempotency-key] }'),
    finds: ['8:21 gateway.routes[0].signatures.covers: has no meaning: the route takes no signatures'],
  },
  {
    says: 'a decision about a request that is signed',
    yaml: `${route('id: a', 'match: { path: /a }', 'upstream: orders', 'authenticate: [signature]', 'require: { level: known }', 'decisions: true')}\n  decisions: { port: 0, callers: [10.0.0.0/8] }`,
    finds: [
      '9:7 gateway.routes[0].decisions: can not be true beside `authenticate: [signature]`: the proxy that asks keeps the body',
    ],
  },
  {
    says: 'a header that cannot be signed',
    yaml: route(
      'id: a',
      'match: { path: /a }',
      'upstream: orders',
      'authenticate: [signature]',
      'require: { level: known }',
      'signatures: { covers: [signature-input] }',
    ),
    finds: [
      '9:30 gateway.routes[0].signatures.covers[0]: "signature-input" is of one connection, or part of the signature',
    ],
  },
  {
    says: 'what is asked of tokens on a route that takes none, and of a person on a route for everybody',
    yaml: [
      keyRoute('tokens: { once: true }'),
      '    - { id: b, match: { path: /b }, upstream: orders, public: true, require: { acr: aal2, maxAge: 1h } }',
    ].join('\n'),
    finds: [
      '8:17 gateway.routes[0].tokens.once: has no meaning: the route takes no tokens',
      '9:80 gateway.routes[1].require.acr: can not be required on a public route',
      '9:91 gateway.routes[1].require.maxAge: can not be required on a public route',
    ],
  },
  {
    says: 'certificates that nobody vouches for',
    yaml: route('id: a', 'match: { path: /a }', 'upstream: orders', 'authenticate: [mtls]'),
    finds: [
      '7:21 gateway.routes[0].authenticate: has `mtls`, which needs `gateway.tls.clients` or `gateway.clientCertificateHeader`',
    ],
  },
  {
    says: 'a route for certificates that nobody asks for',
    yaml: openRoute('clientCertificate: true'),
    finds: [
      '8:26 gateway.routes[0].clientCertificate: needs `gateway.tls.clients` or `gateway.clientCertificateHeader`',
    ],
  },
  {
    says: 'a file that is watched, though routes are those that were applied',
    yaml: 'gateway: { source: applied, reload: watch }',
    finds: [
      '1:37 gateway.reload: is watch, but routes and upstreams come from what was applied (`gateway.source: applied`); leave it out',
    ],
  },
  {
    says: 'a port that redirects to itself',
    yaml: 'gateway: { port: 8443, tls: { certificates: [{ certificate: /c, key: /k }], redirectFrom: 8443 } }',
    finds: ['1:91 gateway.tls.redirectFrom: port 8443 is the gateway’s own'],
  },
  {
    says: 'a door for decisions that everybody may ask',
    yaml: `${openRoute('decisions: true')}\n  decisions: { port: 0, callers: [0.0.0.0/0] }`,
    finds: [
      '9:35 gateway.decisions.callers[0]: 0.0.0.0/0 is every address: whoever asks is believed about who its client is',
    ],
  },
  {
    says: 'a door for decisions on a port that is taken',
    yaml: `${openRoute('decisions: true')}\n  decisions: { port: 8080, callers: [10.0.0.0/8] }`,
    finds: ['9:22 gateway.decisions.port: port 8080 is the gateway’s own'],
  },
  {
    says: 'decisions that nobody can ask for',
    yaml: openRoute('decisions: true'),
    finds: ['8:7 gateway.routes[0].decisions: needs `gateway.decisions`: nobody can ask'],
  },
  {
    says: 'a decision about more than the head of a request',
    yaml: `${openRoute('decisions: true', 'input: { json: {}, graphql: {} }')}\n  decisions: { port: 0, callers: [10.0.0.0/8] }`,
    finds: [
      '8:7 gateway.routes[0].decisions: can not be true beside `input.json`: the proxy that asks keeps bodies and answers to itself',
      '8:7 gateway.routes[0].decisions: can not be true beside `input.graphql`: the proxy that asks keeps bodies and answers to itself',
    ],
  },
  {
    says: 'TLS to an upstream without half of what it needs, and where there is none',
    yaml: [
      'gateway:',
      '  upstreams:',
      '    a: { targets: ["https://a.internal"], tls: { certificate: /c } }',
      '    b: { targets: ["https://b.internal"], tls: { key: /k, ca: /ca, allowAnyCertificate: true } }',
      '    c: { targets: ["http://c.internal"], tls: { serverName: c } }',
    ].join('\n'),
    finds: [
      '3:48 gateway.upstreams.a.tls.key: is missing: a certificate needs its key',
      '4:48 gateway.upstreams.b.tls.certificate: is missing: a key needs its certificate',
      '4:89 gateway.upstreams.b.tls.allowAnyCertificate: contradicts `ca`',
      '5:49 gateway.upstreams.c.tls.serverName: has no meaning: no target is `https:`',
    ],
  },
  {
    says: 'a header of certificates that nobody is believed in, or that means something else',
    yaml: 'gateway: { clientCertificateHeader: Authorization }',
    finds: [
      '1:12 gateway.clientCertificateHeader: needs `gateway.trustedProxies`: nobody else is believed',
      '1:37 gateway.clientCertificateHeader: "Authorization" already means something else',
    ],
  },
  {
    says: 'an issuer on a route that is nowhere',
    yaml: [
      'issuer: https://id.example.com',
      route(
        'id: a',
        'match: { path: /a }',
        'upstream: orders',
        'authenticate: [jwt]',
        'tokens: { issuers: [https://login.example.com] }',
      ),
    ].join('\n'),
    finds: ['9:27 gateway.routes[0].tokens.issuers[0]: "https://login.example.com" is not in oauth.issuers'],
  },
  {
    says: 'an issuer that is ourselves, there twice, or no name',
    yaml: [
      'issuer: https://id.example.com',
      'oauth:',
      '  issuers:',
      ...['https://id.example.com', 'https://a.example.com', 'https://a.example.com', '"https://b.example.com/#x"'].map(
        (name, i) =>
          `    - { issuer: ${name}, jwksUri: https://a.example.com/${i}, audiences: [x], algorithms: [ES256] }`,
      ),
    ].join('\n'),
    finds: [
      '4:17 oauth.issuers[0].issuer: is this server itself, whose tokens are always believed',
      '6:17 oauth.issuers[2].issuer: "https://a.example.com" is there twice',
      '7:17 oauth.issuers[3].issuer: must be printable, without spaces and "#"',
    ],
  },
  {
    says: 'keys of an issuer that somebody on the way could change',
    yaml: [
      'oauth:',
      '  issuers:',
      ...[
        'http://a.example.com/keys',
        'http://127.0.0.1:9000/keys',
        'https://me:secret@a.example.com/keys',
        'keys',
      ].map((address, i) => `    - { issuer: "i${i}", jwksUri: "${address}", audiences: [x], algorithms: [ES256] }`),
    ].join('\n'),
    finds: [
      '3:32 oauth.issuers[0].jwksUri: must be https',
      '4:32 oauth.issuers[1].jwksUri: must be https; an http: address of this machine needs `allowInsecureHttp: true`',
      '5:32 oauth.issuers[2].jwksUri: must not hold a user name or password',
      '6:32 oauth.issuers[3].jwksUri: must be an address such as https://login.example.com/jwks',
    ],
  },
  {
    says: 'a door with TLS without its key and its address',
    yaml: 'control: { tls: { cert: /etc/tls/cert.pem } }',
    finds: [
      '1:17 control.tls.key: is missing: a certificate needs its key',
      '1:17 control.tls.address: is missing: clients must be told where it is',
    ],
  },
  {
    says: 'authorities for a door with TLS that is not there',
    yaml: 'control: { tls: { clientCa: /etc/tls/ca.pem } }',
    finds: ['1:19 control.tls.clientCa: has no meaning without `control.tls.cert`'],
  },
  {
    says: 'certificates of clients by the word of nobody',
    yaml: 'control: { clientCertificateHeader: Client-Cert }',
    finds: ['1:12 control.clientCertificateHeader: needs `control.trustedProxies`: nobody else is believed'],
  },
  {
    says: 'a policy of two lines',
    yaml: 'gateway: { headers: { contentSecurity: "a\\nb" } }',
    finds: ['1:40 gateway.headers.contentSecurity: must be the value of a header: printable ASCII in one line'],
  },
  {
    says: 'traffic that is forgotten before it would be missed',
    yaml: 'gateway: { inventory: { keep: 7d } }',
    finds: ['1:31 gateway.inventory.keep: must not be shorter than `zombieAfter`'],
  },
  {
    says: 'a life of a route that can not be',
    yaml: [
      openRoute('lifecycle: { state: deprecated, sunsetAt: 2026-02-30 }'),
      '    - { id: b, match: { path: /b }, upstream: orders, public: true, lifecycle: { deprecatedAt: 2026-02-01, sunsetAt: 2026-01-31T00:00:00Z } }',
    ].join('\n'),
    finds: [
      '8:27 gateway.routes[0].lifecycle.state: is "deprecated"; write since when in `deprecatedAt`',
      '8:49 gateway.routes[0].lifecycle.sunsetAt: is no day of the calendar',
      '9:118 gateway.routes[1].lifecycle.sunsetAt: must not be before `deprecatedAt`',
    ],
  },
  {
    says: 'an internal route where nothing is inside',
    yaml: openRoute('lifecycle: { exposure: internal }'),
    finds: [
      '8:30 gateway.routes[0].lifecycle.exposure: is "internal"; write what is inside in `gateway.internalNetworks`',
    ],
  },
  {
    says: 'an inside that is everything',
    yaml: 'gateway: { internalNetworks: [0.0.0.0/0] }',
    finds: ['1:31 gateway.internalNetworks[0]: 0.0.0.0/0 is everything; name the networks'],
  },
  {
    says: 'a route without an owner where each must have one',
    yaml: `${openRoute()}\n  requireLifecycle: true`,
    finds: ['4:7 gateway.routes[0]: has no `lifecycle.owner`, which `gateway.requireLifecycle` asks of every route'],
  },
  {
    says: 'answers that are looked through for nothing',
    yaml: openRoute('output: { leaks: { maxBody: 1kb } }'),
    finds: ['8:17 gateway.routes[0].output.leaks: looks for nothing; name at least one of card, ssn'],
  },
  {
    says: 'origins that no browser writes, or that are nobody’s alone',
    yaml: [
      'gateway:',
      '  cors:',
      '    origins:',
      ...[
        'null',
        'https://App.example.com',
        'https://app.example.com/',
        'https://app.example.com:443',
        'https://app.example.com.',
        'https://me@app.example.com',
        'https://bücher.example',
        'https://*app.example.com',
        'https://a.*.example.com',
        'https://*.com',
        'https://*.1.2.3',
        'capacitor://localhost',
        'app.example.com',
      ].map((text) => `      - "${text}"`),
    ].join('\n'),
    finds: [
      '4:9 gateway.cors.origins[0]: is what every page without an origin says, such as one in a sandbox: it is nobody',
      '5:9 gateway.cors.origins[1]: must be written as browsers do: https://app.example.com',
      '6:9 gateway.cors.origins[2]: must be written as browsers do: https://app.example.com',
      '7:9 gateway.cors.origins[3]: must be written as browsers do: https://app.example.com',
      '8:9 gateway.cors.origins[4]: must not end with a dot',
      '9:9 gateway.cors.origins[5]: must be written as browsers do: https://app.example.com',
      '10:9 gateway.cors.origins[6]: must be written as browsers do: https://xn--bcher-kva.example',
      '11:9 gateway.cors.origins[7]: may have "*" only for its whole first label, as https://*.example.com',
      '12:9 gateway.cors.origins[8]: may have "*" only for its whole first label, as https://*.example.com',
      '13:9 gateway.cors.origins[9]: must name a domain behind "*.", as https://*.example.com',
      '14:9 gateway.cors.origins[10]: must be an origin such as https://app.example.com',
      '15:9 gateway.cors.origins[11]: must be an origin such as https://app.example.com',
      '16:9 gateway.cors.origins[12]: must be an origin such as https://app.example.com',
    ],
  },
  {
    says: 'everybody beside others, and with cookies',
    yaml: openRoute('cors: { origins: ["*", "https://a.example.com"], credentials: true }'),
    finds: [
      '8:24 gateway.routes[0].cors.origins: has "*" and others; "*" is everybody already',
      '8:56 gateway.routes[0].cors.credentials: can not be true with "*": every page could read what is for a person',
    ],
  },
  {
    says: 'an origin whose pages everybody on the way can change',
    yaml: openRoute(
      'cors: { origins: ["http://localhost:3000", "http://app.example.com", "http://localhost.example.com"] }',
    ),
    finds: [
      '8:50 gateway.routes[0].cors.origins[1]: must be https; anything else needs `allowInsecureHttp: true`',
      '8:76 gateway.routes[0].cors.origins[2]: must be https; anything else needs `allowInsecureHttp: true`',
    ],
  },
  {
    says: 'a signing key that is published for as long as it signs',
    yaml: 'oauth: { signingKeys: { rotateEvery: 1h, publishBefore: 1h } }',
    finds: ['1:57 oauth.signingKeys.publishBefore: must be shorter than `rotateEvery`'],
  },
  {
    says: 'a signing key that is gone before what it signed',
    yaml: 'oauth: { lifetimes: { idToken: 2h }, signingKeys: { retireAfter: 1h } }',
    finds: [
      '1:66 oauth.signingKeys.retireAfter: must be at least as long as the longest life of a token, in `oauth.lifetimes`',
    ],
  },
  {
    says: 'a signing key from outside that is nowhere, in two places, unused, or named twice',
    yaml: [
      'oauth:',
      '  signingKeys:',
      '    from:',
      '      - { algorithm: ES256 }',
      '      - { algorithm: ES256, file: a.pem, env: A }',
      '      - { algorithm: RS256, file: a.pem, id: a }',
      '      - { algorithm: ES256, file: b.pem, id: a }',
    ].join('\n'),
    finds: [
      '4:9 oauth.signingKeys.from[0]: must have either `file` or `env`',
      '5:9 oauth.signingKeys.from[1]: must have either `file` or `env`',
      '6:22 oauth.signingKeys.from[2].algorithm: must be one of `oauth.signingKeys.algorithms`',
      '7:46 oauth.signingKeys.from[3].id: is the id of another key',
    ],
  },
  {
    says: 'an API whose tokens nothing can sign',
    yaml: 'oauth: { resources: [{ id: "https://api.example.com", algorithm: RS256 }] }',
    finds: ['1:66 oauth.resources[0].algorithm: must be one of `oauth.signingKeys.algorithms`'],
  },
  {
    says: 'DNS servers that are none',
    yaml: 'identity: { dnsServers: [dns.example.com, "192.0.2.53:0", "[::1", "192.0.2.53", "[2001:db8::53]:5353"] }',
    finds: [26, 43, 59].map(
      (column, i) =>
        `1:${column} identity.dnsServers[${i}]: must be an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353`,
    ),
  },
  {
    says: 'passkeys for a domain of others',
    yaml: 'issuer: https://auth.example.com\nidentity: { passkeys: { rpId: example.org } }',
    finds: ['2:31 identity.passkeys.rpId: must be the issuer’s host, auth.example.com, or a domain above it'],
  },
  {
    says: 'passkeys for a domain that only ends alike',
    yaml: 'issuer: https://badexample.com\nidentity: { passkeys: { rpId: example.com } }',
    finds: ['2:31 identity.passkeys.rpId: must be the issuer’s host, badexample.com, or a domain above it'],
  },
  {
    says: 'passkeys for a domain of everybody',
    yaml: 'issuer: https://auth.example.com\nidentity: { passkeys: { rpId: com } }',
    finds: ['2:31 identity.passkeys.rpId: must be a domain of yours: "com" belongs to everybody'],
  },
  {
    says: 'passkeys for an address',
    yaml: 'issuer: http://127.0.0.1:4000\nidentity: { passkeys: { rpId: "127.0.0.1" } }',
    finds: ['2:31 identity.passkeys.rpId: must be a host name: no browser makes a passkey for an address'],
  },
  {
    says: 'only known authenticators, and nothing that knows any',
    yaml: 'identity: { passkeys: { requireKnownAuthenticators: true } }',
    finds: [
      '1:53 identity.passkeys.requireKnownAuthenticators: needs `attestation: direct`',
      '1:53 identity.passkeys.requireKnownAuthenticators: needs `metadataFile` and `metadataRootFile`',
    ],
  },
  {
    says: 'roots of metadata, and no metadata',
    yaml: 'identity: { passkeys: { metadataRootFile: roots.pem } }',
    finds: ['1:43 identity.passkeys.metadataRootFile: has no meaning without `metadataFile`'],
  },
  {
    says: 'a route that does not say who may come',
    yaml: route('id: a', 'match: { path: /a }', 'upstream: orders'),
    finds: ['4:7 gateway.routes[0]: lets nobody in: write `authenticate: [apiKey]`, or `public: true`'],
  },
  {
    says: 'a route that says `public: false` and no more',
    yaml: route('id: a', 'match: { path: /a }', 'upstream: orders', 'public: false'),
    finds: ['4:7 gateway.routes[0]: lets nobody in'],
  },
  {
    says: 'a route that asks for keys and is public',
    yaml: openRoute('authenticate: [apiKey]'),
    finds: ['7:7 gateway.routes[0].public: is true, yet the route has `authenticate`'],
  },
  {
    says: 'a route that does not say who it is for',
    yaml: keyRoute(),
    env: {},
    finds: ['4:7 gateway.routes[0]: does not say who it is for: write `require: { scopes: […] }`'],
  },
  {
    says: 'a level on a public route',
    yaml: openRoute('require: { level: person }'),
    finds: ['8:18 gateway.routes[0].require.level: can not be required on a public route'],
  },
  {
    says: 'a function of administrators outside of their prefix',
    yaml: `${keyRoute('require: { level: admin }')}\n  admin: { prefix: /admin }`,
    finds: ['5:22 gateway.routes[0].match.path: is not under "/admin", where functions of administrators are'],
  },
  {
    says: 'networks of administrators that are none',
    yaml: 'gateway: { admin: { networks: [10.0.0.0/33] } }',
    finds: ['1:32 gateway.admin.networks[0]: '],
  },
  {
    says: 'a type of objects that is not declared',
    yaml: `${keyRoute('output: { properties: ordres }')}\naccess: { properties: { orders: {} } }`,
    finds: [
      '8:29 gateway.routes[0].output.properties: there is no "ordres" in access.properties; did you mean "orders"?',
    ],
  },
  {
    says: 'an owner whom the path does not name',
    yaml: `${keyRoute('require: { owner: { type: orders, from: path, name: customer } }')}\naccess: { properties: { orders: {} } }`,
    finds: ['8:59 gateway.routes[0].require.owner.name: is no parameter of the path "/a"'],
  },
  {
    says: 'a relation to what the path does not name',
    yaml: keyRoute('require: { relation: { relation: viewer, type: document, name: id } }'),
    finds: ['8:70 gateway.routes[0].require.relation.name: is no parameter of the path "/a"'],
  },
  {
    says: 'a policy about what the path does not name',
    yaml: keyRoute('require: { policy: { action: read, type: order, name: id } }'),
    finds: ['8:61 gateway.routes[0].require.policy.name: is no parameter of the path "/a"'],
  },
  {
    says: 'an owner in answers that are not read',
    yaml: `${keyRoute('require: { owner: { type: orders, from: answer } }')}\naccess: { properties: { orders: { owner: { property: by } } } }`,
    finds: ['8:25 gateway.routes[0].require.owner: needs `output: { properties: orders }`'],
  },
  {
    says: 'a place of objects of no type',
    yaml: keyRoute('output: { at: "items[]" }'),
    finds: ['8:15 gateway.routes[0].output: has no meaning without `properties`'],
  },
  {
    says: 'something beside objects that is no property',
    yaml: `${keyRoute('output: { properties: orders, beside: ["a b"] }')}\naccess: { properties: { orders: {} } }`,
    finds: ['8:46 gateway.routes[0].output.beside[0]: must be a property'],
  },
  {
    says: 'an audience of nobody',
    yaml: 'access: { properties: { orders: { audiences: { support: { readable: [id] } } } } }',
    finds: ['1:57 access.properties.orders.audiences.support: needs `permission`'],
  },
  {
    says: 'owners of what nobody owns',
    yaml: 'access: { properties: { orders: { audiences: { owner: { readable: [id] } } } } }',
    finds: ['1:55 access.properties.orders.audiences.owner: needs `owner` beside `audiences`'],
  },
  {
    says: 'a prototype that somebody may write',
    yaml: 'access: { properties: { orders: { audiences: { public: { writable: [a.__proto__] } } } } }',
    finds: ['1:69 access.properties.orders.audiences.public.writable[0]: may not name __proto__'],
  },
  {
    says: 'a property that is none',
    yaml: 'access: { properties: { orders: { audiences: { public: { readable: ["items[0]"] } } } } }',
    finds: ['1:69 access.properties.orders.audiences.public.readable[0]: must be a property'],
  },
  {
    says: 'a route to an upstream that is not declared',
    yaml: route('id: a', 'match: { path: /a }', 'upstream: ordres', 'public: true'),
    finds: [
      '6:17 gateway.routes[0].upstream: there is no upstream "ordres" in gateway.upstreams; did you mean "orders"?',
    ],
  },
  {
    says: 'a route to an upstream named after a property of every object',
    yaml: route('id: a', 'match: { path: /a }', 'upstream: toString', 'public: true'),
    finds: ['6:17 gateway.routes[0].upstream: there is no upstream "toString"'],
  },
  {
    says: 'a document that is not declared',
    yaml: openRoute('input: { openapi: { document: ordres } }'),
    finds: ['8:37 gateway.routes[0].input.openapi.document: there is no document "ordres" in gateway.documents'],
  },
  {
    says: 'a flow that counts an object and does not say which',
    yaml: openRoute('flow: { action: buy, velocity: [{ by: address+object, max: 2, per: hour }] }'),
    finds: ['8:45 gateway.routes[0].flow.velocity[0].by: needs `object`, which says where the request names it'],
  },
  {
    says: 'the object of a flow that the path does not name',
    yaml: openRoute('flow: { action: buy, object: { name: id } }'),
    finds: ['8:44 gateway.routes[0].flow.object.name: is no parameter of the path "/a"'],
  },
  {
    says: 'the object of a flow in a body that nobody holds to anything',
    yaml: openRoute('flow: { action: buy, object: { from: body, name: item } }'),
    finds: ['8:44 gateway.routes[0].flow.object.from: needs `input: { json: {} }`: what a body names must read in one'],
  },
  {
    says: 'a flow that counts the same twice',
    yaml: openRoute(
      'flow: { action: buy, velocity: [{ by: address, max: 2, per: hour }, { by: address, max: 3, per: hour }] }',
    ),
    finds: ['8:75 gateway.routes[0].flow.velocity[1]: this flow has another velocity by "address" for the same window'],
  },
  {
    says: 'a flow of somebody whom nobody knows',
    yaml: openRoute('flow: { action: buy, velocity: [{ by: principal, max: 2, per: hour }] }'),
    finds: ['8:45 gateway.routes[0].flow.velocity[0].by: a public route knows nobody to count by; use "address" or'],
  },
  {
    says: 'a captcha without what it needs',
    yaml: openRoute('flow: { action: buy, verify: { kind: hcaptcha, siteKey: k } }'),
    finds: [
      '8:36 gateway.routes[0].flow.verify: needs `secretFile` for a captcha',
      '8:36 gateway.routes[0].flow.verify: needs `hostnames` for a captcha',
    ],
  },
  {
    says: 'proof of work with a site key',
    yaml: openRoute('flow: { action: buy, verify: { siteKey: k } }'),
    finds: ['8:38 gateway.routes[0].flow.verify.siteKey: has no meaning with `kind: proof-of-work`'],
  },
  {
    says: 'an action that Turnstile does not take, and an address that is none',
    yaml: openRoute(
      'flow: { action: buy.it, verify: { kind: turnstile, siteKey: k, secretFile: s, hostnames: [a], address: here } }',
    ),
    finds: [
      '8:23 gateway.routes[0].flow.action: must be at most 32 letters, digits, `_` or `-` for Turnstile',
      '8:110 gateway.routes[0].flow.verify.address: must be an address such as https://captcha.example.com/siteverify',
    ],
  },
  {
    says: 'a network of a flow that is everybody',
    yaml: openRoute('flow: { action: buy, risk: { networks: ["0.0.0.0/0"] } }'),
    finds: ['8:47 gateway.routes[0].flow.risk.networks[0]: 0.0.0.0/0 is every address, and speaks against everybody'],
  },
  {
    says: 'a route where verifications are',
    yaml: route(
      'id: a',
      'match: { path: /.sallyport/verify/page.js }',
      'upstream: orders',
      'public: true',
      'flow: { action: buy }',
    ),
    finds: ['5:22 gateway.routes[0].match.path: is where the gateway itself answers, because a route has a `flow`'],
  },
  {
    says: 'a content type with parameters',
    yaml: openRoute('input: { types: ["application/json; charset=utf-8"] }'),
    finds: ['8:24 gateway.routes[0].input.types[0]: must be a content type in lower case'],
  },
  {
    says: 'uploads of a type that bytes do not tell',
    yaml: openRoute('input: { uploads: { types: [image/svg+xml] } }'),
    finds: ['8:35 gateway.routes[0].input.uploads.types[0]: '],
  },
  {
    says: 'two routes with one id',
    yaml: `${openRoute()}\n    - { id: a, match: { path: /b }, upstream: orders, public: true }`,
    finds: ['8:13 gateway.routes[1].id: "a" is the id of gateway.routes[0] already'],
  },
  {
    says: 'two routes for the same requests',
    yaml: `${openRoute()}\n    - { id: b, match: { path: /a }, upstream: orders, public: true }`,
    finds: ['8:23 gateway.routes[1].match: matches the same path as gateway.routes[0] ("a"), whatever the method'],
  },
  {
    says: 'a route for any method beside one for GET',
    yaml: `${openRoute()}\n    - { id: b, match: { path: /a, methods: [GET] }, upstream: orders, public: true }`,
    finds: ['8:23 gateway.routes[1].match: matches the same path and method (GET) as gateway.routes[0]'],
  },
  {
    says: 'two routes that differ in the names of their parameters only',
    yaml: `${pathRoute('/a/{id}')}\n    - { id: b, match: { path: "/a/{name}" }, upstream: orders, public: true }`,
    finds: ['8:23 gateway.routes[1].match: matches the same path'],
  },
  {
    says: 'two routes whose patterns match the same texts',
    yaml: `${matching('path: "/a/{id}", parameters: { id: "[0-9]+" }')}\n    - { id: b, match: { path: "/a/{name}", parameters: { name: "\\\\d+" } }, upstream: orders, public: true }`,
    finds: ['8:23 gateway.routes[1].match: matches the same path as gateway.routes[0] ("a"), whatever the method'],
  },
  {
    says: 'two routes for the same requests of one host with the same headers',
    yaml: `${matching('host: a.test, path: /a, headers: { X-A: "1" }')}\n    - { id: b, match: { host: a.test, path: /a, headers: { x-a: "1" } }, upstream: orders, public: true }`,
    finds: ['8:23 gateway.routes[1].match: matches the same path as gateway.routes[0] ("a")'],
  },
  {
    says: 'a host with a port',
    yaml: matching('path: /a, host: "a.test:80"'),
    finds: ['5:32 gateway.routes[0].match.host: must be a host in lower case without port'],
  },
  {
    says: 'a star in the middle of a host',
    yaml: matching('path: /a, host: "a.*.test"'),
    finds: ['5:32 gateway.routes[0].match.host: must be a host in lower case'],
  },
  {
    says: 'a pattern of a parameter that is not there',
    yaml: matching('path: "/a/{id}", parameters: { nr: "[0-9]+" }'),
    finds: ['5:47 gateway.routes[0].match.parameters.nr: is no parameter of the path "/a/{id}"'],
  },
  {
    says: 'a pattern that looks back',
    yaml: matching('path: "/a/{id}", parameters: { id: "(?<=a)b" }'),
    finds: ['5:51 gateway.routes[0].match.parameters.id: has "(?", which is not among the words of these patterns'],
  },
  {
    says: 'a pattern that grows without bound',
    yaml: matching('path: "/a/{id}", parameters: { id: "(a|b)*a(a|b){12}" }'),
    finds: ['5:51 gateway.routes[0].match.parameters.id: is too large'],
  },
  {
    says: 'a pattern that no part of a path matches',
    yaml: matching('path: "/a/{id}", parameters: { id: "x/y" }'),
    finds: ['5:51 gateway.routes[0].match.parameters.id: matches no part of any path: the route can never be reached'],
  },
  {
    says: 'a pattern that hides the parameter without one',
    yaml: matching('path: "/a/{id}", parameters: { id: ".*" }'),
    finds: ['5:51 gateway.routes[0].match.parameters.id: matches every part of a path: leave it out'],
  },
  {
    says: 'a route by a credential',
    yaml: matching('path: /a, headers: { Authorization: null }'),
    finds: ['5:37 gateway.routes[0].match.headers.Authorization: carries credentials'],
  },
  {
    says: 'a route by a header that only we write',
    yaml: matching('path: /a, headers: { X-Principal-Id: svc_a }'),
    finds: ['5:37 gateway.routes[0].match.headers.X-Principal-Id: is written by the gateway alone'],
  },
  {
    says: 'a header twice',
    yaml: matching('path: /a, headers: { X-A: "1", x-a: "2" }'),
    finds: ['5:47 gateway.routes[0].match.headers.x-a: is there twice'],
  },
  {
    says: 'a path instead without its slash',
    yaml: openRoute('rewrite: { path: b }'),
    finds: ['8:24 gateway.routes[0].rewrite.path: must start with "/"'],
  },
  {
    says: 'a path instead beside a prefix that is stripped',
    yaml: openRoute('rewrite: { path: /b, stripPrefix: /a }'),
    finds: ['8:18 gateway.routes[0].rewrite.path: excludes `stripPrefix`'],
  },
  {
    says: 'a path instead that takes the rest where there is none',
    yaml: openRoute('rewrite: { path: /b/** }'),
    finds: ['8:24 gateway.routes[0].rewrite.path: ends in "/**", and the route’s path "/a" does not'],
  },
  {
    says: 'a parameter in a path instead that is not there',
    yaml: openRoute('rewrite: { path: "/b/{id}" }'),
    finds: ['8:24 gateway.routes[0].rewrite.path: has {id}, which is no parameter of the path "/a"'],
  },
  {
    says: 'a header that says who asks',
    yaml: openRoute('rewrite: { headers: { request: { set: { X-Principal-Id: me } } } }'),
    finds: ['8:47 gateway.routes[0].rewrite.headers.request.set.X-Principal-Id: is written by the gateway alone'],
  },
  {
    says: 'a credential in the configuration',
    yaml: openRoute('rewrite: { headers: { request: { add: { Authorization: Basic } } } }'),
    finds: ['8:47 gateway.routes[0].rewrite.headers.request.add.Authorization: carries credentials, which must not'],
  },
  {
    says: 'framing that is taken away',
    yaml: openRoute('rewrite: { headers: { response: { remove: [Content-Length] } } }'),
    finds: ['8:50 gateway.routes[0].rewrite.headers.response.remove[0]: is about one connection'],
  },
  {
    says: 'a value of a header in two lines',
    yaml: openRoute('rewrite: { headers: { response: { set: { X-A: "a\\nb" } } } }'),
    finds: ['8:53 gateway.routes[0].rewrite.headers.response.set.X-A: must be printable ASCII, on one line'],
  },
  {
    says: 'a path without its slash',
    yaml: pathRoute('a'),
    finds: ['5:22 gateway.routes[0].match.path: must start with "/"'],
  },
  {
    says: 'a path with an empty part',
    yaml: pathRoute('/a//b'),
    finds: ['5:22 gateway.routes[0].match.path: must not have "//"'],
  },
  {
    says: 'a path that climbs',
    yaml: pathRoute('/a/../b'),
    finds: ['5:22 gateway.routes[0].match.path: must not have ".." as a part'],
  },
  {
    says: 'a path that is encoded',
    yaml: pathRoute('/a%2fb'),
    finds: ['5:22 gateway.routes[0].match.path: "a%2fb" has a character'],
  },
  {
    says: 'a path with a query',
    yaml: pathRoute('/a?b'),
    finds: ['5:22 gateway.routes[0].match.path: "a?b" has a character'],
  },
  {
    says: 'a star in the middle',
    yaml: pathRoute('/**/a'),
    finds: ['5:22 gateway.routes[0].match.path: can have "**" at the end only'],
  },
  {
    says: 'half a star',
    yaml: pathRoute('/a*'),
    finds: ['5:22 gateway.routes[0].match.path: "a*" must be a plain part'],
  },
  {
    says: 'half a parameter',
    yaml: pathRoute('/a-{id}'),
    finds: ['5:22 gateway.routes[0].match.path: "a-{id}" must be a plain part'],
  },
  {
    says: 'a parameter twice',
    yaml: pathRoute('/{id}/{id}'),
    finds: ['5:22 gateway.routes[0].match.path: has the parameter {id} twice'],
  },
  {
    says: 'a public route that requires scopes',
    yaml: openRoute('require: { scopes: [a] }'),
    finds: ['8:18 gateway.routes[0].require.scopes: can not be required on a public route'],
  },
  {
    says: 'a public route that requires permissions',
    yaml: openRoute('require: { permissions: ["a:b"] }'),
    finds: ['8:18 gateway.routes[0].require.permissions: can not be required'],
  },
  {
    says: 'a public route that counts by key',
    yaml: openRoute('limits: [{ by: key, max: 1, per: minute }]'),
    finds: ['8:22 gateway.routes[0].limits[0].by: a public route has no keys'],
  },
  {
    says: 'a public route that takes keys in the query',
    yaml: openRoute('credentials: { query: true }'),
    finds: ['8:22 gateway.routes[0].credentials.query: has no meaning'],
  },
  {
    says: 'a limit by principal where nobody is asked who they are',
    yaml: openRoute('limits: [{ by: principal+address, max: 1, per: minute }]'),
    finds: ['8:22 gateway.routes[0].limits[0].by: a public route has no keys'],
  },
  {
    says: 'a quota of a window that no calendar has',
    yaml: openRoute('limits: [{ by: route, max: 1, per: 90m, kind: quota }]'),
    finds: ['8:42 gateway.routes[0].limits[0].per: a quota is per hour, day or month'],
  },
  {
    says: 'a rate per month',
    yaml: openRoute('limits: [{ by: route, max: 1, per: month, kind: rate }]'),
    finds: ['8:42 gateway.routes[0].limits[0].per: months differ in length'],
  },
  {
    says: 'a quota with a burst',
    yaml: openRoute('limits: [{ by: route, max: 1, per: month, burst: 2 }]'),
    finds: ['8:49 gateway.routes[0].limits[0].burst: a quota has no burst'],
  },
  {
    says: 'a request that costs more than a limit has',
    yaml: openRoute('cost: 3', 'limits: [{ by: route, max: 9, per: minute, burst: 2 }]'),
    finds: ['8:13 gateway.routes[0].cost: no request would ever pass: a limit lets 2 through'],
  },
  {
    says: 'a method that costs more than a limit has',
    yaml: openRoute('costs: { POST: 10 }', 'limits: [{ by: route, max: 9, per: minute }]'),
    finds: ['8:22 gateway.routes[0].costs.POST: no request would ever pass: a limit lets 9 through'],
  },
  {
    says: 'a limit of countries that nobody knows',
    yaml: openRoute('limits: [{ by: address, max: 9, per: minute, where: { countries: [DE] } }]'),
    finds: ['8:52 gateway.routes[0].limits[0].where: needs `geo.database`'],
  },
  {
    says: 'a limit of no countries, and one of both kinds',
    yaml: `geo: { database: ./a.mmdb }\n${openRoute(
      'limits:',
      '  - { by: address, max: 9, per: minute, where: {} }',
      '  - { by: address, max: 9, per: hour, where: { countries: [DE], outside: [FR] } }',
    )}`,
    finds: [
      '10:47 gateway.routes[0].limits[0].where: say either',
      '11:45 gateway.routes[0].limits[1].where: say either',
    ],
  },
  {
    says: 'a country that is none',
    yaml: openRoute('limits: [{ by: address, max: 9, per: minute, where: { countries: [germany] } }]'),
    finds: [
      '8:52 gateway.routes[0].limits[0].where: needs `geo.database`',
      '8:73 gateway.routes[0].limits[0].where.countries[0]: must be a country of ISO 3166-1, such as DE',
    ],
  },
  {
    says: 'a tier that is not declared',
    yaml: 'limits: { tierOf: [{ tier: prodution }] }',
    finds: ['1:28 limits.tierOf[0].tier: there is no tier "prodution" in limits.tiers; did you mean "production"?'],
  },
  {
    says: 'a tier that nobody is left for',
    yaml: 'limits: { tierOf: [{ tier: production }, { tier: development, environments: [dev] }] }',
    finds: ['1:42 limits.tierOf[1]: is never reached: limits.tierOf[0] is for everybody'],
  },
  {
    says: 'a limit by nothing that is known',
    yaml: openRoute('limits: [{ by: planet, max: 1, per: minute }]'),
    finds: ['8:22 gateway.routes[0].limits[0].by: must be key, principal, organization, address, header:NAME'],
  },
  {
    says: 'a limit by claims where nobody is known',
    yaml: openRoute('limits: [{ by: address+claim:a, max: 1, per: minute }]'),
    finds: ['8:22 gateway.routes[0].limits[0].by: a public route has no keys'],
  },
  {
    says: 'a limit by claims where no tokens are taken',
    yaml: keyRoute('limits: [{ by: claim:a, max: 1, per: minute }]'),
    finds: ['8:22 gateway.routes[0].limits[0].by: this route takes no tokens'],
  },
  {
    says: 'a limit by a claim that is not named',
    yaml: route(
      'id: a',
      'match: { path: /a }',
      'upstream: orders',
      'authenticate: [jwt]',
      'limits: [{ by: claim, max: 1, per: day }]',
    ),
    finds: ['8:22 gateway.routes[0].limits[0].by: names no claim; write `claim:NAME`'],
  },
  {
    says: 'the way to a claim that is named already',
    yaml: route(
      'id: a',
      'match: { path: /a }',
      'upstream: orders',
      'authenticate: [jwt]',
      'limits: [{ by: claim:a, claim: [b], max: 1, per: day }]',
    ),
    finds: ['8:31 gateway.routes[0].limits[0].claim: has no meaning'],
  },
  {
    says: 'a limit by one header twice',
    yaml: openRoute('limits: [{ by: header:X-Plan+header:x-plan, max: 1, per: minute }]'),
    finds: ['8:22 gateway.routes[0].limits[0].by: names one thing twice'],
  },
  {
    says: 'a limit by a header that carries a credential',
    yaml: openRoute('limits: [{ by: header:Authorization, max: 1, per: minute }]'),
    finds: ['8:22 gateway.routes[0].limits[0].by: "header:authorization" carries a credential'],
  },
  {
    says: 'two limits of one window by the same in another order',
    yaml: openRoute(
      'limits: [{ by: address+header:X-A, max: 1, per: minute }, { by: header:x-a+address, max: 2, per: 60s }]',
    ),
    finds: ['8:65 gateway.routes[0].limits[1]: this route has another limit by'],
  },
  {
    says: 'two limits of one window',
    yaml: openRoute('limits: [{ by: route, max: 1, per: minute }, { by: route, max: 2, per: 60s }]'),
    finds: ['8:52 gateway.routes[0].limits[1]: this route has another limit by "route"'],
  },
  {
    says: 'a prefix that is not the start of the path',
    yaml: openRoute('rewrite: { stripPrefix: /b }'),
    finds: ['8:31 gateway.routes[0].rewrite.stripPrefix: must be whole parts at the start of the route’s path "/a"'],
  },
  {
    says: 'a prefix that ends within a part',
    yaml: `${pathRoute('/abc')}\n      rewrite: { stripPrefix: /ab }`,
    finds: ['8:31 gateway.routes[0].rewrite.stripPrefix: must be whole parts'],
  },
  {
    says: 'a prefix with a slash at its end',
    yaml: openRoute('rewrite: { stripPrefix: /a/ }'),
    finds: ['8:31 gateway.routes[0].rewrite.stripPrefix: must start with "/", and not end with one'],
  },
  {
    says: 'a target with a path',
    yaml: target('http://a/b'),
    finds: ['1:40 gateway.upstreams.a.targets[0]: must end after the port'],
  },
  {
    says: 'a target with a query',
    yaml: target('http://a/?b'),
    finds: ['1:40 gateway.upstreams.a.targets[0]: must end after the port'],
  },
  {
    says: 'a target with a password',
    yaml: target('http://u:p@a'),
    finds: ['1:40 gateway.upstreams.a.targets[0]: must not hold a user name or password'],
  },
  {
    says: 'a target of another scheme',
    yaml: target('ftp://a'),
    finds: ['1:40 gateway.upstreams.a.targets[0]: must be http://HOST:PORT or https://HOST:PORT, not "ftp://a"'],
  },
  {
    says: 'a target without a scheme',
    yaml: target('localhost:80'),
    finds: ['1:40 gateway.upstreams.a.targets[0]: must be http'],
  },
  {
    says: 'a target that a program would mend',
    yaml: target('http://0x7f.1'),
    finds: ['1:40 gateway.upstreams.a.targets[0]: must be written plainly: http://127.0.0.1'],
  },
  {
    says: 'a share of a target that is not there',
    yaml: group('weights: { "http://b": 2 }'),
    finds: ['1:64 gateway.upstreams.a.weights["http://b"]: "http://b" is none of `targets`'],
  },
  {
    says: 'a health check that lasts longer than until the next one',
    yaml: group('health: { path: /ok, interval: 1s, timeout: 2s }'),
    finds: ['1:97 gateway.upstreams.a.health.timeout: must not be longer than `interval`'],
  },
  {
    says: 'a health check of no path',
    yaml: group('health: { path: "ok" }'),
    finds: ['1:69 gateway.upstreams.a.health.path: must be a path such as /healthz'],
  },
  {
    says: 'bodies that are kept for nothing',
    yaml: group('retries: { maxBody: 1kb }'),
    finds: ['1:73 gateway.upstreams.a.retries.maxBody: has no meaning without PUT or DELETE in `methods`'],
  },
  {
    says: 'retries of what is not the same when it is done twice',
    yaml: group('retries: { methods: [POST] }'),
    finds: ['1:74 gateway.upstreams.a.retries.methods[0]: '],
  },
  {
    says: 'a proxy that is no network',
    yaml: proxies('proxy.internal'),
    finds: ['1:29 gateway.trustedProxies[0]: "proxy.internal" is not an IP address or CIDR block'],
  },
  {
    says: 'a proxy network with host bits',
    yaml: proxies('10.0.0.1/8'),
    finds: ['1:29 gateway.trustedProxies[0]: "10.0.0.1/8" has host bits set'],
  },
  {
    says: 'everybody as proxy',
    yaml: proxies('0.0.0.0/0'),
    finds: ['1:29 gateway.trustedProxies[0]: 0.0.0.0/0 is everybody'],
  },
  {
    says: 'everybody as proxy, over IPv6',
    yaml: proxies('::/0'),
    finds: ['1:29 gateway.trustedProxies[0]: ::/0 is everybody'],
  },
  {
    says: 'everybody as proxy, in two halves',
    yaml: 'gateway: { trustedProxies: ["0.0.0.0/1", "128.0.0.0/1"] }',
    finds: ['1:28 gateway.trustedProxies: together they are every IPv4 address'],
  },
  {
    says: 'one port for both',
    yaml: 'control: { port: 9000 }\ngateway: { port: 9000 }',
    finds: ['2:18 gateway.port: the control plane and the gateway can not both listen on port 9000'],
  },
  {
    says: 'the port that is the default of the other',
    yaml: 'control: { port: 8080 }',
    finds: ['1:18 control.port: the control plane and the gateway can not both'],
  },
  {
    says: 'a database of another kind',
    yaml: 'database: { url: "mysql://db/app" }',
    finds: ['1:18 database.url: must be `sqlite:PATH` or `postgres://USER@HOST/NAME`'],
  },
  {
    says: 'a database that is nowhere',
    yaml: 'database: { url: "sqlite::memory:" }',
    finds: ['1:18 database.url: must name a file'],
  },
  {
    says: 'a database server without a database',
    yaml: 'database: { url: "postgres://db" }',
    finds: ['1:18 database.url: must name the database'],
  },
  {
    says: 'a password of the database in the file',
    yaml: 'database: { url: "postgresql://u:p@db/app" }',
    finds: ['1:18 database.url: holds a password, which does not belong in a file; put it in SALLYPORT_DATABASE_URL'],
  },
  {
    says: 'a password of the database behind the question mark',
    yaml: 'database: { url: "postgres://db/app?password=p" }',
    finds: ['1:18 database.url: holds a password'],
  },
  {
    says: 'a cache of another kind',
    yaml: 'redis: { url: "http://a" }',
    finds: ['1:15 redis.url: must be `redis://HOST:PORT` or `rediss://HOST:PORT`'],
  },
  {
    says: 'a cache with a path that is no number',
    yaml: 'redis: { url: "redis://a/b" }',
    finds: ['1:15 redis.url: may end in the number of a database'],
  },
  {
    says: 'a password of Redis in the file',
    yaml: 'redis: { url: "redis://:p@a" }',
    finds: ['1:15 redis.url: holds a password, which does not belong in a file; put it in SALLYPORT_REDIS_URL'],
  },
  {
    says: 'a password of Redis behind Sentinels in a file',
    yaml: 'redis: { url: "redis-sentinel://:p@a,b?master=m" }',
    finds: ['1:15 redis.url: holds a password, which does not belong in a file; put it in SALLYPORT_REDIS_URL'],
  },
  {
    says: 'Sentinels without the name of the master',
    yaml: 'redis: { url: "redis-sentinel://a:26379,b:26379" }',
    finds: ['1:15 redis.url: must name the master that the Sentinels watch'],
  },
  {
    says: 'the nodes of a cluster',
    yaml: 'redis: { url: "redis://a:6379,b:6379" }',
    finds: ['1:15 redis.url: must be `redis://HOST:PORT` or'],
  },
  {
    says: 'the master key in the file',
    yaml: `master: { key: ${'a'.repeat(64)} }`,
    finds: ['1:11 master.key: is not read from a file, where others may see it; put it in SALLYPORT_MASTER_KEY'],
  },
  {
    says: 'the passphrase in the file',
    yaml: 'master: { passphrase: correct horse battery }',
    finds: [
      '1:11 master.passphrase: is not read from a file, where others may see it; put it in SALLYPORT_MASTER_PASSPHRASE',
    ],
  },
  {
    says: 'two master keys',
    yaml: 'master: { keyFile: k }',
    env: { SALLYPORT_MASTER_KEY: 'a'.repeat(64) },
    finds: ['1:9 master: only one of key and keyFile can be the master key'],
  },
  { says: 'a home folder that no shell replaces', yaml: 'data: ~/sallyport', finds: ['1:7 data: "~" is not replaced'] },
  { says: 'an issuer in the clear', yaml: 'issuer: http://auth.example.com', finds: ['1:9 issuer: must be https'] },
  {
    says: 'an issuer with a query',
    yaml: 'issuer: https://a.example?b',
    finds: ['1:9 issuer: must not have a query or fragment'],
  },
  {
    says: 'an issuer with a fragment',
    yaml: 'issuer: "https://a.example/#b"',
    finds: ['1:9 issuer: must not have a query or fragment'],
  },
  {
    says: 'an issuer with a user',
    yaml: 'issuer: https://u@a.example',
    finds: ['1:9 issuer: must not hold a user name'],
  },
  {
    says: 'an issuer in capitals',
    yaml: 'issuer: https://A.example',
    finds: ['1:9 issuer: must be written exactly as its tokens will carry it: https://a.example'],
  },
  {
    says: 'an issuer with a slash at its end',
    yaml: 'issuer: https://a.example/',
    finds: ['1:9 issuer: must be written exactly as its tokens will carry it: https://a.example'],
  },
  {
    says: 'an issuer that is no address',
    yaml: 'issuer: auth',
    finds: ['1:9 issuer: must be an address such as https://auth.example.com, not "auth"'],
  },
  {
    says: 'a mail server without its name',
    yaml: 'notices: { mail: { transport: smtp, from: a@example.com } }',
    finds: ['1:18 notices.mail.host: is missing: `transport: smtp` needs it'],
  },
  {
    says: 'mail that leaves from nobody',
    yaml: 'notices: { mail: { transport: smtp, host: smtp.example.com } }',
    finds: ['1:18 notices.mail.from: is missing: `transport: smtp` needs it'],
  },
  {
    says: 'mail from no address',
    yaml: 'notices: { mail: { transport: smtp, host: smtp.example.com, from: nobody } }',
    finds: ['1:67 notices.mail.from: must be a mail address'],
  },
  {
    says: 'a mail server that is not used',
    yaml: 'notices: { mail: { host: smtp.example.com } }',
    finds: ['1:20 notices.mail.host: has no meaning while nothing is sent'],
  },
  {
    says: 'somebody without a password',
    yaml: 'notices: { mail: { transport: smtp, host: smtp.example.com, from: a@example.com, user: me } }',
    finds: ['1:88 notices.mail.user: needs one password'],
  },
  {
    says: 'a password of nobody',
    yaml: 'notices: { mail: { transport: smtp, host: smtp.example.com, from: a@example.com, passwordFile: p } }',
    finds: ['1:18 notices.mail.user: is missing: there is a password'],
  },
  {
    says: 'a password in plain text',
    yaml: 'notices: { mail: { transport: smtp, host: smtp.example.com, from: a@example.com, user: me, passwordFile: p, security: plaintext } }',
    finds: ['1:119 notices.mail.security: a password is never sent in plain text'],
  },
  {
    says: 'a mail password in the file',
    yaml: 'notices: { mail: { transport: smtp, host: smtp.example.com, from: a@example.com, user: me, password: x } }',
    finds: ['1:92 notices.mail.password: is not read from a file'],
  },
  {
    says: 'mails of one’s own in a home folder that no shell replaces',
    yaml: 'notices: { mail: { templates: ~/mails } }',
    finds: ['1:31 notices.mail.templates: "~" is not replaced'],
  },
  {
    says: 'an outbox for everybody while mails are sent',
    yaml: 'notices: { outboxPage: true, mail: { transport: smtp, host: smtp.example.com, from: a@example.com } }',
    finds: ['1:24 notices.outboxPage: shows mails to everybody'],
  },
  {
    says: 'a provider of text messages that is not used',
    yaml: 'notices: { sms: { url: "https://sms.example.com" } }',
    finds: ['1:19 notices.sms.url: has no meaning with `transport: off`'],
  },
  {
    says: 'a program for text messages without its address and secret',
    yaml: 'notices: { sms: { transport: webhook } }',
    finds: [
      '1:17 notices.sms.url: is missing: `webhook` needs it',
      '1:30 notices.sms.transport: needs one secret: SALLYPORT_NOTICES_SMS_SECRET, or a file',
    ],
  },
  {
    says: 'a program for text messages that is told who signs in',
    yaml: 'notices: { sms: { transport: webhook, url: "https://sms.example.com", secretFile: s, account: a } }',
    finds: ['1:86 notices.sms.account: has no meaning with `transport: webhook`'],
  },
  {
    says: 'a provider of text messages without account and sender',
    yaml: 'notices: { sms: { transport: http, url: "https://sms.example.com", secretFile: s } }',
    finds: [
      '1:17 notices.sms.account: is missing: `http` needs it',
      '1:17 notices.sms.from: is missing: `http` needs it',
    ],
  },
  {
    says: 'text messages in the clear',
    yaml: 'notices: { sms: { transport: webhook, url: "http://sms.example.com", secretFile: s } }',
    finds: ['1:44 notices.sms.url: must begin with https://'],
  },
  {
    says: 'text messages to no address',
    yaml: 'notices: { sms: { transport: webhook, url: sms, secretFile: s } }',
    finds: ['1:44 notices.sms.url: must be an address such as'],
  },
  {
    says: 'text messages to an address with a password',
    yaml: 'notices: { sms: { transport: webhook, url: "https://u:p@sms.example.com", secretFile: s } }',
    finds: ['1:44 notices.sms.url: must not hold a user name'],
  },
  {
    says: 'an account with a colon',
    yaml: 'notices: { sms: { transport: http, url: "https://sms.example.com", secretFile: s, account: "a:b", from: "+4930123456" } }',
    finds: ['1:92 notices.sms.account: must not hold a colon'],
  },
  {
    says: 'text messages from nobody',
    yaml: 'notices: { sms: { transport: http, url: "https://sms.example.com", secretFile: s, account: a, from: "+1" } }',
    finds: ['1:101 notices.sms.from: must be a telephone number such as +4930123456, or a name'],
  },
  {
    says: 'a weak secret for text messages',
    yaml: 'notices: { sms: { transport: webhook, url: "https://sms.example.com" } }',
    env: { SALLYPORT_NOTICES_SMS_SECRET: 'whsec_c2hvcnQ=' },
    finds: ['SALLYPORT_NOTICES_SMS_SECRET notices.sms.secret: must be `whsec_` and 24 to 64 bytes'],
  },
  {
    says: 'webhooks that may reach everything',
    yaml: 'notices: { webhooks: { allowPrivateNetworks: [0.0.0.0/0] } }',
    finds: ['1:47 notices.webhooks.allowPrivateNetworks[0]: 0.0.0.0/0 is everything'],
  },
  {
    says: 'webhooks that may reach both halves of everything',
    yaml: 'notices: { webhooks: { allowPrivateNetworks: [0.0.0.0/1, 128.0.0.0/1] } }',
    finds: ['1:46 notices.webhooks.allowPrivateNetworks: together they are every IPv4 address'],
  },
  {
    says: 'strangers who may have everything asked',
    yaml: 'guard: { outbound: { allowPrivateNetworks: ["::/1", "8000::/1", "::/0"] } }',
    finds: [
      '1:44 guard.outbound.allowPrivateNetworks: together they are every IPv6 address',
      '1:65 guard.outbound.allowPrivateNetworks[2]: ::/0 is everything',
    ],
  },
  {
    says: 'hosts to reach that are none',
    yaml: 'guard: { outbound: { allow: ["https://a.example", "A.example", "10.0.0.1/8", "*.com.", "1.2.3"] } }',
    finds: [
      '1:30 guard.outbound.allow[0]: "https://a.example" is not an IP address or CIDR block',
      '1:51 guard.outbound.allow[1]: must be a host such as hooks.example.com',
      '1:64 guard.outbound.allow[2]: "10.0.0.1/8" has host bits set',
      '1:78 guard.outbound.allow[3]: must be a host',
      '1:88 guard.outbound.allow[4]: must be a host',
    ],
  },
  {
    says: 'ports to reach for nothing',
    yaml: 'guard: { outbound: { allowAnyPort: true, ports: [443] } }',
    finds: ['1:42 guard.outbound.ports: has no meaning with `allowAnyPort: true`'],
  },
  {
    says: 'webhooks that may reach a network with host bits',
    yaml: 'notices: { webhooks: { allowPrivateNetworks: [10.0.0.1/8] } }',
    finds: ['1:47 notices.webhooks.allowPrivateNetworks[0]: "10.0.0.1/8" has host bits set'],
  },
  {
    says: 'a file store without its folder',
    yaml: 'secretStores: { a: { kind: file } }',
    finds: ['1:20 secretStores.a.folder: is missing'],
  },
  {
    says: 'a file for a file store',
    yaml: 'secretStores: { a: { kind: file, folder: k, file: e } }',
    finds: ['1:45 secretStores.a.file: belongs to stores of kind `environment` only'],
  },
  {
    says: 'a folder for an environment store',
    yaml: 'secretStores: { a: { kind: environment, folder: k } }',
    finds: ['1:41 secretStores.a.folder: belongs to stores of kind `file` only'],
  },
  {
    says: 'two secret stores in one place',
    yaml: 'secretStores: { a: { kind: file, folder: k }, b: { kind: file, folder: k } }',
    finds: ['1:47 secretStores.b: uses the same place as `a`'],
  },
  {
    says: 'a secret store in a home folder that no shell replaces',
    yaml: 'secretStores: { a: { kind: file, folder: ~/k } }',
    finds: ['1:42 secretStores.a.folder: "~" is not replaced'],
  },
  {
    says: 'a key for reports of leaks that is none',
    yaml: 'keys: { leaks: { github: { publicKeys: { a: nonsense } } } }',
    finds: ['1:45 keys.leaks.github.publicKeys.a: is not an ECDSA public key on P-256'],
  },
  {
    says: 'a list of keys over a connection that anybody can change',
    yaml: 'keys: { leaks: { github: { keysUrl: "http://example.com/keys" } } }',
    finds: ['1:37 keys.leaks.github.keysUrl: must begin with https://'],
  },
]

const ENVIRONMENT: readonly Mistake[] = [
  {
    says: 'a variable that sets nothing, with the likely one',
    env: { SALLYPORT_CONTROL_PRT: '1' },
    finds: ['SALLYPORT_CONTROL_PRT sets no configuration value; did you mean "SALLYPORT_CONTROL_PORT"?'],
  },
  {
    says: 'a variable for a part of a list',
    env: { SALLYPORT_GATEWAY_ROUTES_0_ID: 'a' },
    finds: [
      'SALLYPORT_GATEWAY_ROUTES_0_ID sets no configuration value; gateway.routes is given whole, as JSON, in SALLYPORT_GATEWAY_ROUTES',
    ],
  },
  {
    says: 'an empty variable',
    env: { SALLYPORT_REDIS_URL: '' },
    finds: ['SALLYPORT_REDIS_URL redis.url: is set but empty'],
  },
  {
    says: 'an empty variable for the file',
    env: { SALLYPORT_CONFIG: '' },
    finds: ['SALLYPORT_CONFIG is set but empty'],
  },
  {
    says: 'a port in words',
    env: { SALLYPORT_CONTROL_PORT: 'http' },
    finds: ['SALLYPORT_CONTROL_PORT control.port: must be a whole number from 0 to 65535, not "http"'],
  },
  {
    says: 'a port in another notation',
    env: { SALLYPORT_CONTROL_PORT: '0x10' },
    finds: ['SALLYPORT_CONTROL_PORT control.port: must be a whole number'],
  },
  {
    says: 'a list that is not JSON',
    env: { SALLYPORT_GATEWAY_TRUSTED_PROXIES: '10.0.0.0/8' },
    finds: ['SALLYPORT_GATEWAY_TRUSTED_PROXIES gateway.trustedProxies: must be JSON, such as ["a","b"]'],
  },
  {
    says: 'JSON that says a name twice',
    env: { SALLYPORT_GATEWAY_UPSTREAMS: '{"a":{"targets":["http://a"],"targets":["http://b"]}}' },
    finds: ['SALLYPORT_GATEWAY_UPSTREAMS gateway.upstreams.a.targets: "targets" is written twice'],
  },
  {
    says: 'a mistake inside JSON',
    env: { SALLYPORT_GATEWAY_TRUSTED_PROXIES: '["10.0.0.0/8","::/0"]' },
    finds: ['SALLYPORT_GATEWAY_TRUSTED_PROXIES gateway.trustedProxies[1]: ::/0 is everybody'],
  },
  {
    says: 'a master key that is too short',
    env: { SALLYPORT_MASTER_KEY: 'short' },
    finds: ['SALLYPORT_MASTER_KEY master.key: must be at least 43 characters long'],
  },
  {
    says: 'a master key of other characters, which is not repeated',
    env: { SALLYPORT_MASTER_KEY: 'ä'.repeat(43) },
    finds: ['SALLYPORT_MASTER_KEY master.key: must be 32 bytes or more in hexadecimal or base64'],
  },
  {
    says: 'mistakes in the file and the environment',
    yaml: 'log: { level: x }',
    env: { SALLYPORT_DATA: '' },
    finds: ['1:15 log.level: must be', 'SALLYPORT_DATA data: is set but empty'],
  },
]

// How a later version's word would be written in a route, by where it belongs.
const LATER_YAML: Readonly<Record<string, (word: string) => string>> = {
  'gateway.routes[].authenticate[]': (word) =>
    route('id: a', 'match: { path: /a }', 'upstream: orders', `authenticate: [${word}]`),
  'gateway.routes[].require': (word) => keyRoute(`require: { ${word}: [a] }`),
  'gateway.routes[].rewrite': (word) => keyRoute(`rewrite: { ${word}: a }`),
  'gateway.tls': (word) => `gateway: { tls: { certificates: [{ certificate: /c, key: /k }], ${word}: true } }`,
  'secretStores.*.kind': (word) => `secretStores: { a: { kind: ${word} } }`,
}

// Who routes are for is what one of the mistakes is about.
const UNDECLARED = { SALLYPORT_GATEWAY_ALLOW_UNDECLARED_ROUTES: 'true' }

/** A problem as the tables write it. */
async function told({ yaml = '', env = UNDECLARED }: Mistake): Promise<string[]> {
  const problems = await problemsOf(yaml, { env })
  return problems.map((problem) => {
    const { line, column, variable, path, message } = problem
    const place = line === undefined ? variable : `${line}:${column}`
    return `${place === undefined ? '' : `${place} `}${path === '' ? '' : `${path}: `}${message}`
  })
}

describe.each([
  ['form', FORM],
  ['YAML', YAML],
  ['meaning', MEANING],
  ['the environment', ENVIRONMENT],
])('a mistake of %s is told at its place:', (_, mistakes) => {
  test.each(mistakes)('$says', async (mistake) => {
    const said = await told(mistake)
    expect(said.map((line, i) => line.slice(0, mistake.finds[i]?.length))).toEqual(mistake.finds)
  })
})

describe('what this version does not have is refused, with what exists instead:', () => {
  const words = LATER.flatMap(({ at, words: all, instead }) => all.map((word) => ({ at, word, instead })))
  test.each(words)('$word in $at', async ({ at, word, instead }) => {
    const said = await told({ says: '', yaml: LATER_YAML[at]?.(word) ?? '', finds: [] })
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(`"${word}" is not available in this version; ${instead}`)
  })
})

test.each(CHECKS.map((check) => check.name))('the tables hold a mistake that this rule alone finds: %s', (name) => {
  const only = CHECKS.filter((check) => check.name === name)
  expect(MEANING.some((mistake) => findsWith(only, mistake))).toBe(true)
})

function findsWith(checks: typeof CHECKS, { yaml = '', env = {} }: Mistake): boolean {
  const report = createReport()
  const top = { from: 'file', file: 'sallyport.yaml' } as const
  const tree = layOver(
    configNode,
    readYaml(yaml, top, report) ?? emptyBranch(top),
    readEnvironment(env, configNode, report),
  )
  const places = { cwd: '/', file: null }
  return interpret(tree, report, places, []) !== null && interpret(tree, report, places, checks) === null
}

test('no problem repeats a secret, wherever it was written', async () => {
  const planted = 'hunter2-planted-secret'
  const yaml = [
    `database: { url: "mysql://u:${planted}@h/x" }`,
    `redis: { url: "redis://:${planted}@h/x/y" }`,
    `master: { key: ${planted}, passphrase: ${planted} }`,
  ].join('\n')
  const inFile = await problemsOf(yaml)
  const env = {
    SALLYPORT_DATABASE_URL: `my ${planted}`,
    SALLYPORT_REDIS_URL: planted,
    SALLYPORT_MASTER_KEY: `${planted} ${'x'.repeat(40)}`,
  }
  const inEnvironment = await problemsOf('', { env })
  expect(inFile.length).toBe(4)
  expect(inEnvironment).toHaveLength(3)
  for (const problem of [...inFile, ...inEnvironment]) expect(formatProblem(problem)).not.toContain(planted)
})
