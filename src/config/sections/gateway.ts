import { choice, flag, list, map, orNull, port, section, text } from '../fields.ts'
import { corsField } from './gateway-cors.ts'
import { decisionsField } from './gateway-decisions.ts'
import { headersField } from './gateway-headers.ts'
import { inventoryField } from './gateway-inventory.ts'
import { internalNetworksField } from './gateway-lifecycle.ts'
import { NAME } from './gateway-name.ts'
import { documentField } from './gateway-openapi.ts'
import { routeField } from './gateway-route.ts'
import { hostField, tlsField } from './gateway-tls.ts'
import { proxyProtocolField } from './gateway-transport.ts'
import { upstreamField } from './gateway-upstream.ts'

export const gatewayFields = {
  gateway: section('The gateway: lets through what is declared here, and nothing else.', {
    port: port('Port of the gateway; 0 takes a free one.', { default: 8080 }),
    reload: choice(
      'When the configuration is read again while the process runs: on `signal` (SIGHUP), or with `watch` also as soon as its file changes.',
      ['signal', 'watch'],
      { default: 'signal' },
    ),
    source: choice(
      'Where upstreams, routes and all else of the gateway come from: the `file` of each process, or what was `applied` last (`sallyport config apply`, `/v1/routes`), kept in the database for all of them.',
      ['file', 'applied'],
      { default: 'file' },
    ),
    tls: tlsField,
    proxyProtocol: proxyProtocolField,
    decisions: decisionsField,
    hosts: list('The hosts that are served; every other is refused with 421. Empty for all.', hostField, {
      default: [],
      maxItems: 1000,
    }),
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
    documents: map('OpenAPI documents that routes point to, by name.', documentField, {
      names: NAME,
      maxProperties: 100,
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
    headers: headersField,
    cors: corsField,
    inventory: inventoryField,
    internalNetworks: internalNetworksField,
    requireLifecycle: flag('Refuse routes that do not name an owner in `lifecycle`.', { default: false }),
    routes: list('The routes.', routeField, { default: [], maxItems: 5000 }),
  }),
}
