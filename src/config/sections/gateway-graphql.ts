import { flag, integer, orNull, section, text } from '../fields.ts'

export const graphqlField = orNull(
  section(
    'This route is GraphQL, by POST and GET: documents are read and counted before the upstream runs them. Fragments count wherever they are spread.',
    {
      depth: integer('How deep fields may be in each other.', { min: 1, max: 100, default: 10 }),
      cost: integer('How much may be asked for at once: each field is one, times how many of it are wanted.', {
        min: 1,
        max: 10_000_000,
        default: 1000,
      }),
      aliases: integer('Other names for fields.', { min: 0, max: 10_000, default: 15 }),
      directives: integer('Directives.', { min: 0, max: 10_000, default: 15 }),
      tokens: integer('Words and marks of one document.', { min: 10, max: 10_000, default: 2000 }),
      batch: integer('Requests in one body.', { min: 1, max: 100, default: 1 }),
      introspection: flag('Let callers ask for the schema.', { default: false }),
      listSize: integer(
        'How many a list is taken to have whose field says neither `first`, `last` nor `limit`. Without `schema` nobody knows which fields are lists.',
        { min: 1, max: 10_000, default: 10 },
      ),
      schema: orNull(
        text('File of the schema, in SDL. Fields that it does not have are refused then.', { maxLength: 1024 }),
      ),
      persisted: orNull(
        text(
          'File of the only documents that run: a JSON object of SHA-256, in hexadecimal, to document. null runs any.',
          { maxLength: 1024 },
        ),
      ),
    },
  ),
)
