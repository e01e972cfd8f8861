import type { Config } from '../config/index.ts'

const DAY = 86_400_000

/** Relaxations that somebody wrote on purpose, said aloud at every start so that nobody forgets them. */
const RELAXATIONS: readonly (readonly [(config: Config) => boolean, (config: Config) => string])[] = [
  [
    ({ database }) => database.allowRoleThatBypassesRowSecurity,
    () =>
      'database.allowRoleThatBypassesRowSecurity is on: where PostgreSQL gives no other role, only code holds the rows of organizations apart.',
  ],
  [
    ({ identity }) => identity.recovery.wait < DAY,
    () =>
      'identity.recovery.wait is under a day: whoever misuses an administrator’s account can take over others before their owners read their mail.',
  ],
  [
    ({ notices }) => notices.webhooks.allowInsecureHttp,
    () =>
      'notices.webhooks.allowInsecureHttp is on: webhooks may have http: addresses, and everybody on the way can read what they are told.',
  ],
  [
    ({ notices }) => notices.webhooks.allowPrivateNetworks.length > 0,
    ({ notices }) =>
      `notices.webhooks.allowPrivateNetworks is set: whoever may make a webhook can send requests into ${notices.webhooks.allowPrivateNetworks.join(', ')}.`,
  ],
  [
    ({ guard }) => guard.outbound.allowPrivateNetworks.length > 0,
    ({ guard }) =>
      `guard.outbound.allowPrivateNetworks is set: strangers who may name an address can have requests sent into ${guard.outbound.allowPrivateNetworks.join(', ')}.`,
  ],
  [
    ({ guard }) => guard.outbound.allowInsecureHttp,
    () =>
      'guard.outbound.allowInsecureHttp is on: requests to addresses of strangers may go over http:, and everybody on the way can read and change them.',
  ],
  [
    ({ guard }) => guard.outbound.allowAnyPort,
    () =>
      'guard.outbound.allowAnyPort is on: whoever may name an address can have requests sent to every port, also of mail servers and databases.',
  ],
  [
    ({ oauth }) => oauth.issuers.some(({ allowInsecureHttp }) => allowInsecureHttp),
    () =>
      'oauth.issuers has allowInsecureHttp on: whoever listens at that address of this machine can make tokens that are believed.',
  ],
  [
    ({ oauth }) => oauth.registration === 'open',
    () =>
      'oauth.registration is open: everybody can register clients, up to oauth.registrations.most, and show people a name and a logo of their choice.',
  ],
  [
    ({ gateway }) => Object.values(gateway.upstreams).some(({ tls }) => tls.allowAnyCertificate),
    ({ gateway }) =>
      `gateway.upstreams has allowAnyCertificate on for ${Object.entries(gateway.upstreams)
        .filter(([, { tls }]) => tls.allowAnyCertificate)
        .map(([name]) => name)
        .join(', ')}: whoever is on the way to it can read and change everything.`,
  ],
  [
    ({ notices }) => notices.outboxPage,
    () =>
      'notices.outboxPage is on: everybody who reaches the port of the control plane can read every mail at /outbox, with every link and code in it.',
  ],
  [
    ({ notices }) => notices.mail.transport === 'smtp' && notices.mail.security === 'plaintext',
    () => 'notices.mail.security is plaintext: everybody on the way to the mail server can read every mail.',
  ],
  [
    ({ gateway }) => gateway.headers.leaveToUpstream,
    () =>
      'gateway.headers.leaveToUpstream is on: answers tell browsers nothing about frames, scripts and caches but what their upstream says.',
  ],
  [
    ({ gateway }) => gateway.headers.allowSniffing,
    () => 'gateway.headers.allowSniffing is on: browsers may take an answer for a page or a script whatever its type.',
  ],
  [
    ({ gateway }) => [gateway.cors, ...gateway.routes.map(({ cors }) => cors)].some((it) => it?.allowInsecureHttp),
    () =>
      'cors has allowInsecureHttp on: everybody on the way to a page of such an origin can change it, and read answers through it.',
  ],
]

/** The warnings of a configuration, each a sentence that names its setting. */
export function relaxationWarnings(config: Config): readonly string[] {
  return RELAXATIONS.filter(([holds]) => holds(config)).map(([, sentence]) => sentence(config))
}
