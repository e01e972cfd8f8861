import { list, orNull, port, section, text } from '../fields.ts'

const HOST = '^[A-Za-z0-9:]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9:])?$'

const HEADER = {
  pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$",
  form: 'must be the name of a header',
  maxLength: 64,
} as const

const file = (sentence: string) => text(sentence, { maxLength: 1024 })

const tlsField = section(
  'A second door of the control plane: TLS, for clients that show a certificate (RFC 8705). Read at the start.',
  {
    port: port('Its port; 0 takes a free one.', { default: 4443 }),
    address: orNull(
      text('Its public address, which clients are told. It needs `cert` and `key`.', {
        pattern: '^https://[A-Za-z0-9.:\\[\\]-]{1,255}$',
        form: 'must be https:// and a host, with nothing after it',
      }),
    ),
    cert: orNull(file('File of the certificate and its chain, in PEM. null: there is no such door.')),
    key: orNull(file('File of its private key, in PEM.')),
    clientCa: orNull(
      file(
        'File of the authorities that vouch for certificates of clients, in PEM. null: only certificates that clients made themselves are of use.',
      ),
    ),
  },
)

/** Settings at the top level: where the process keeps its data and where it listens. */
export const processFields = {
  data: text('Folder for everything this node keeps: the embedded database and the generated master key.', {
    default: '.sallyport',
    maxLength: 1024,
  }),
  host: text(
    'Address that the control plane and the gateway listen on. The default can be reached from this machine only.',
    {
      default: '127.0.0.1',
      pattern: HOST,
      form: 'must be an IP address or a host name, without scheme and port',
      maxLength: 253,
    },
  ),
  issuer: text('Public address of the control plane; the `iss` of every token. Never change it once tokens are out.', {
    derived: '`http://localhost:` and the control plane’s port',
    maxLength: 512,
    examples: ['https://auth.example.com'],
  }),
  control: section('The control plane: the HTTP interface for administration.', {
    port: port('Port of the control plane; 0 takes a free one.', { default: 4000 }),
    trustedProxies: list(
      'Networks of the proxies in front of the control plane. Their `Forwarded` or `X-Forwarded-For` says who asks; of anybody else these headers are not read. Behind a proxy that is not named everybody has its address, and shares its limits and locks.',
      text('An address or CIDR block.', { maxLength: 64, examples: ['10.0.0.0/8'] }),
      { default: [], maxItems: 64 },
    ),
    tls: tlsField,
    clientCertificateHeader: orNull(
      text(
        'The header in which a trusted proxy names the client’s certificate (RFC 8705): `:base64:` of RFC 9440, base64 of the DER form, or PEM with percent-encoding. Of anybody else it is not read.',
        HEADER,
      ),
    ),
    clientCertificateVerifiedHeader: orNull(
      text(
        'The header in which that proxy says `SUCCESS` when an authority vouches for the certificate. Without it clients that prove themselves by `tls_client_auth` are refused behind a proxy.',
        HEADER,
      ),
    ),
  }),
}
