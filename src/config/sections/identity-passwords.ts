import { choice, duration, flag, integer, orNull, section, text } from '../fields.ts'

/** How passwords are hashed and judged (row I2). */
export const identityPasswordFields = section('Passwords.', {
  threads: orNull(
    integer('Threads that hash passwords, each with 64 MiB while it does. null is one for each core, at most four.', {
      min: 1,
      max: 64,
    }),
  ),
  waiting: integer('How many hashings may wait for a thread; whoever comes then is told to try again soon.', {
    min: 1,
    max: 10_000,
    default: 64,
  }),
  minScore: integer('The least strength of a new password by zxcvbn, from 0 to 4.', { min: 2, max: 4, default: 3 }),
  history: integer('How many of their last passwords a person may not take again.', { min: 0, max: 24, default: 5 }),
  breach: section('Passwords that are known from breaches.', {
    mode: choice(
      'Where they are looked up: `online` asks a range service, which learns five characters of a hash and nothing else; `offline` reads the list from a file; `off` does not look.',
      ['online', 'offline', 'off'],
      { default: 'online' },
    ),
    url: text('The range service, without the five characters at the end.', {
      default: 'https://api.pwnedpasswords.com/range/',
      maxLength: 512,
    }),
    file: orNull(text('The list for `offline`: lines `HASH:COUNT`, sorted by hash.', { maxLength: 1024 })),
    timeout: duration('For one answer of the service.', { min: '100ms', max: '10s', default: '2s' }),
    refusePasswordsWhenUnreachable: flag(
      'Refuse new passwords while nobody can say whether they were breached. Otherwise they are taken.',
      { default: false },
    ),
  }),
})
