import { list, port, section, text } from '../fields.ts'

const HOST = '^[A-Za-z0-9:]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9:])?$'

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
  }),
}
