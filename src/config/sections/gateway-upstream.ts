import { duration, integer, list, section, text } from '../fields.ts'
import { breakerField, healthField, retriesField, slowStartField, weightsField } from './gateway-group.ts'
import { upstreamTlsField } from './gateway-tls.ts'

export const upstreamField = section('An API behind the gateway.', {
  targets: list(
    'Where it runs: scheme, host and port. Requests are spread over all of them.',
    text('`http://HOST:PORT` or `https://HOST:PORT`, without path.', {
      maxLength: 512,
      examples: ['http://127.0.0.1:9090'],
    }),
    { minItems: 1, maxItems: 64 },
  ),
  tls: upstreamTlsField,
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
  weights: weightsField,
  slowStart: slowStartField,
  health: healthField,
  breaker: breakerField,
  retries: retriesField,
})
