import { choice, flag, list, orNull, port, section, text } from '../fields.ts'

const file = (sentence: string, example: string) => text(sentence, { maxLength: 1024, examples: [example] })

const HOST = {
  pattern: '^(\\*\\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
  form: 'must be a host in lower case, such as api.example.com or *.example.com',
  maxLength: 255,
} as const

/** A host, or every host one label below another. */
export const hostField = text('A host; `*.` stands for any one label.', { ...HOST, examples: ['api.example.com'] })

/** TLS at the gateway's port. */
export const tlsField = orNull(
  section(
    'TLS at the port of the gateway. null: it speaks plain HTTP. The files are read again whenever they change; new ones that are no good are told of, and the last good ones stay.',
    {
      certificates: list(
        'The certificates. The first that is good for the host that a client names is shown; the first of all where none is.',
        section('A certificate and its key.', {
          certificate: file('File of the certificate and its chain, in PEM.', '/etc/sallyport/tls.pem'),
          key: file('File of its private key, in PEM, without a passphrase.', '/etc/sallyport/tls.key'),
          hosts: list('The hosts that it is shown to; empty for those that it names itself.', hostField, {
            default: [],
            maxItems: 256,
          }),
        }),
        { minItems: 1, maxItems: 256 },
      ),
      minVersion: choice('The oldest version of TLS that is spoken.', ['1.2', '1.3'], { default: '1.2' }),
      redirectFrom: orNull(
        port(
          'A port without TLS that answers everybody with a redirect to https, and forwards nothing. null: none.',
          {},
        ),
      ),
      publicPort: orNull(port('The port that clients see and are redirected to, where it is not `gateway.port`.', {})),
      clients: orNull(
        section('Certificates of clients. null: clients are not asked for any.', {
          ca: file('File of the authorities that vouch for them, in PEM.', '/etc/sallyport/clients.pem'),
          crl: orNull(
            file(
              'File of what those authorities revoked (CRL), in PEM, one list of each authority in a chain. A list that is out of date revokes everything.',
              '/etc/sallyport/revoked.pem',
            ),
          ),
          required: choice(
            'Whether nobody gets in without one (`all`), or only to routes that say `clientCertificate: true` (`by-route`).',
            ['all', 'by-route'],
            { default: 'by-route' },
          ),
        }),
      ),
    },
  ),
)

/** TLS to an upstream. */
export const upstreamTlsField = section('TLS to `https:` targets. The files are read again whenever they change.', {
  ca: orNull(
    file(
      'File of the only authorities that vouch for the upstream, in PEM; null for those of the system.',
      '/etc/sallyport/upstream-ca.pem',
    ),
  ),
  certificate: orNull(
    file('File of the certificate that the upstream is shown, in PEM.', '/etc/sallyport/to-upstream.pem'),
  ),
  key: orNull(file('File of its private key, in PEM, without a passphrase.', '/etc/sallyport/to-upstream.key')),
  serverName: orNull(
    text('The name that the certificate of the upstream must be for; null for the host of the target.', {
      pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$',
      form: 'must be a host name',
      maxLength: 253,
    }),
  ),
  allowAnyCertificate: flag(
    'Believe whatever certificate the upstream shows. Whoever is on the way can read and change everything.',
    { default: false },
  ),
})
