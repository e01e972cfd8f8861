import { flag, secretText, section } from '../fields.ts'

export const databaseFields = {
  database: section('Where records and events are kept.', {
    url: secretText(
      'The database: `sqlite:PATH` or `postgres://USER@HOST/NAME`. An address with a password belongs in the environment.',
      {
        derived: '`sqlite:` and the file `sallyport.db` in `data`',
        maxLength: 1024,
        examples: ['postgres://sallyport@db.example.com/sallyport'],
      },
    ),
    allowRoleThatBypassesRowSecurity: flag(
      'On PostgreSQL: whether to start as a role that row-level security does not hold for, where no other can be had.',
      { default: false },
    ),
  }),
}
