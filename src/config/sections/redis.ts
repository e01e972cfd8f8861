import { orNull, secretText, section, text } from '../fields.ts'

export const redisFields = {
  redis: section('What several nodes share quickly: cache and announcements. One process needs none.', {
    url: orNull(
      secretText(
        '`redis://HOST:PORT/NUMBER` or `rediss://…` for TLS; with Sentinels `redis-sentinel://HOST:PORT,HOST:PORT/NUMBER?master=NAME` or `rediss-sentinel://…`. An address with a password belongs in the environment.',
        {
          maxLength: 1024,
          examples: ['rediss://redis.example.com:6379/0'],
        },
      ),
    ),
    prefix: text('Start of every name that is used in Redis, so that several installations can share one.', {
      default: 'sallyport:',
      pattern: '^[A-Za-z0-9:._-]+$',
      form: 'may hold letters, digits, `:`, `.`, `_` and `-`',
      maxLength: 64,
    }),
  }),
}
