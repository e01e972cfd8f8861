import { choice, duration, environmentSecret, flag, integer, list, orNull, port, section, text } from '../fields.ts'

export const noticesFields = {
  notices: section('What is told to people and programs outside: mail and webhooks.', {
    mail: section('Mail to the contacts of services.', {
      transport: choice(
        'How mail leaves: `smtp` hands it to a server; with `outbox` nothing leaves, and mails are only kept to be read at `/v1/notices/outbox`.',
        ['outbox', 'smtp'],
        { default: 'outbox' },
      ),
      host: orNull(text('The SMTP server.', { maxLength: 253 })),
      port: port('Its port.', { default: 587 }),
      security: choice(
        'How the connection is protected: `starttls` and `tls` refuse a server that cannot; `plaintext` lets everybody on the way read it.',
        ['starttls', 'tls', 'plaintext'],
        { default: 'starttls' },
      ),
      user: orNull(text('Who signs in there.', { maxLength: 255 })),
      password: environmentSecret('The password for `user`.', { maxLength: 1024 }),
      passwordFile: orNull(
        text('File that holds the password for `user`, such as a mounted secret.', { maxLength: 1024 }),
      ),
      from: orNull(text('Address that mails come from.', { maxLength: 254, examples: ['sallyport@example.com'] })),
      language: choice('The language of mails and text messages to people who have chosen none.', ['en', 'de'], {
        default: 'en',
      }),
      keep: duration('How long mails that were sent, or could not be, are kept.', {
        min: '1h',
        max: '365d',
        default: '30d',
      }),
    }),
    webhooks: section('Webhooks: events told to programs over HTTP.', {
      timeout: duration('For one delivery, from the connection to the answer.', {
        min: '100ms',
        max: '1m',
        default: '10s',
      }),
      lookEvery: duration('How often the processes look for events to tell and deliveries that are due.', {
        min: '50ms',
        max: '1m',
        default: '1s',
      }),
      keep: duration('How long finished deliveries are kept in the log.', { min: '1h', max: '365d', default: '7d' }),
      disableAfter: duration('A webhook that only failed for this long is disabled.', {
        min: '1h',
        max: '90d',
        default: '5d',
      }),
      most: integer('How many webhooks an organization may have.', { min: 1, max: 1000, default: 50 }),
      allowInsecureHttp: flag(
        'Take webhooks with `http:` addresses. Everybody on the way can read what they are told.',
        {
          default: false,
        },
      ),
      allowPrivateNetworks: list(
        'Private networks that webhooks may reach all the same. Whoever may make a webhook can then send requests into them.',
        text('An address or CIDR block.', { maxLength: 64, examples: ['10.20.0.0/16'] }),
        { default: [], maxItems: 64 },
      ),
    }),
  }),
}
