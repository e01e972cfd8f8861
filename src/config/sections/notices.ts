import { choice, duration, environmentSecret, flag, integer, list, orNull, port, section, text } from '../fields.ts'

export const noticesFields = {
  notices: section('What is told to people and programs outside: mail, text messages and webhooks.', {
    mail: section('Mail to people and to the contacts of services.', {
      transport: choice(
        'How mail leaves: `smtp` hands it to a server; with `outbox` nothing leaves, and mails are only kept to be read at `/v1/notices/outbox`. That is for development: whoever may read it can use every link to sign in or to choose a new password.',
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
      templates: orNull(
        text(
          'Folder with mails of your own in place of ours: `<language>/<mail>.txt`, with `Subject: …` in the first line, an empty line, and text with values as `{name}`. It is read and checked at the start; what is changed later counts from the next start.',
          { maxLength: 1024, examples: ['/etc/sallyport/mails'] },
        ),
      ),
      keep: duration(
        'How long mails and text messages that were sent, or could not be, are kept. Links and codes in them are blanked at once.',
        {
          min: '1h',
          max: '365d',
          default: '30d',
        },
      ),
    }),
    sms: section('Text messages (SMS) with codes to sign in.', {
      transport: choice(
        'How text messages leave: `webhook` posts each as signed JSON to a program of yours; `http` posts it as the form that Twilio and others take; with `outbox` nothing leaves, and they are kept beside the mails; with `off` there are none, and nobody can choose codes by text message.',
        ['off', 'outbox', 'webhook', 'http'],
        { default: 'off' },
      ),
      url: orNull(
        text(
          'Where they are posted to, such as `https://api.twilio.com/2010-04-01/Accounts/AC0123456789/Messages.json`. A private address is reached only when it is written as an address, not as a name.',
          { maxLength: 2048 },
        ),
      ),
      account: orNull(text('For `http`: who signs in there.', { maxLength: 255 })),
      secret: environmentSecret(
        'For `webhook`: what each is signed with, in the form of Standard Webhooks (`whsec_…`). For `http`: the token of `account`.',
        { maxLength: 1024 },
      ),
      secretFile: orNull(text('File that holds it, such as a mounted secret.', { maxLength: 1024 })),
      from: orNull(
        text('Who they come from: a telephone number, or a name where the provider takes one.', {
          pattern: '^(\\+[1-9][0-9]{6,14}|[A-Za-z0-9 ]{1,34})$',
          form: 'must be a telephone number such as +4930123456, or a name of letters, digits and spaces',
          maxLength: 34,
        }),
      ),
      timeout: duration('For one attempt, from the connection to the answer.', {
        min: '100ms',
        max: '1m',
        default: '10s',
      }),
    }),
    outboxPage: flag(
      'Show the outbox as a page at `/outbox`. Everybody who reaches the port of the control plane can then read every mail and text message, with every link and code in them. For development on your own machine; only while `notices.mail.transport` is `outbox`.',
      { default: false },
    ),
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
