import { choice, duration, flag, integer, list, map, orNull, section, text } from '../fields.ts'
import { corsField } from './gateway-cors.ts'
import { flowField } from './gateway-flow.ts'
import { inputField } from './gateway-input.ts'
import { lifecycleField } from './gateway-lifecycle.ts'
import { limitField } from './gateway-limit.ts'
import { matchField } from './gateway-match.ts'
import { NAME, NAME_FORM } from './gateway-name.ts'
import { outputField } from './gateway-output.ts'
import { requireField } from './gateway-require.ts'
import { rewriteField } from './gateway-rewrite.ts'
import { signaturesField } from './gateway-signatures.ts'
import { tokensField } from './gateway-tokens.ts'
import { websocketField } from './gateway-transport.ts'

export const routeField = section('What is let through, to where, and for whom. What no route declares is refused.', {
  id: text('Name of the route, in events, metrics and `sallyport explain`.', { pattern: NAME, form: NAME_FORM }),
  match: matchField,
  upstream: text('Name of the upstream that answers.', { maxLength: 64 }),
  authenticate: list(
    'Which credentials are taken: `apiKey`, `jwt` (signed access tokens, ours or of a trusted issuer), `opaque` (access tokens of ours that say nothing by themselves), `dpop` and `mtls` (only such that are bound to a key or a certificate), `session` (a person’s cookie), `signature` (requests that are signed in the name of an API key, RFC 9421).',
    choice('A kind of credential.', ['apiKey', 'jwt', 'opaque', 'dpop', 'mtls', 'session', 'signature'], {}),
    {
      default: [],
      maxItems: 8,
    },
  ),
  tokens: tokensField,
  signatures: signaturesField,
  public: flag('Let everybody through, without any credential.', { default: false }),
  require: requireField,
  limits: list('Limits of this route.', limitField, { default: [], maxItems: 16 }),
  cost: integer('Units that each request takes of every limit, of the route and of the key.', {
    min: 1,
    max: 1_000_000,
    default: 1,
  }),
  costs: map('Other costs, by method.', integer('Units.', { min: 1, max: 1_000_000 }), {
    names: '^[A-Z]{1,16}$',
    form: 'must be a method such as POST',
    maxProperties: 16,
    default: {},
  }),
  counting: choice(
    'How limits are counted where Redis counts for all processes. `exact`: Redis is asked before each request is let through. `approximate`: each process lets a small share through by itself and tells the others within 100 ms; together they may let through a tenth more than `max`. `whenDown` holds for both.',
    ['exact', 'approximate'],
    { default: 'exact' },
  ),
  whenDown: choice(
    'What happens while Redis, where it counts for all processes, does not answer: `closed` refuses what has to be counted (503); `open-with-local-limits` lets each process go on with its part of each limit.',
    ['closed', 'open-with-local-limits'],
    { default: 'closed' },
  ),
  flow: flowField,
  input: inputField,
  output: outputField,
  websocket: websocketField,
  clientCertificate: flag(
    'Only for clients that prove a certificate: on the connection (`gateway.tls.clients`), or by the word of a trusted proxy.',
    { default: false },
  ),
  decisions: flag(
    'Answer at `gateway.decisions` whether a request may pass. Not beside what looks into bodies or answers.',
    { default: false },
  ),
  cors: corsField,
  lifecycle: lifecycleField,
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
  rewrite: rewriteField,
})
