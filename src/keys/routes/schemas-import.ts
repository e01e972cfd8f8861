import type { Static } from 'typebox'
import { Type } from '../../core/index.ts'
import { Nullable, Text, withExample } from '../../http/index.ts'
import { FOREIGN_LENGTH, PREFIX_LENGTH } from '../foreign/foreign.ts'
import { importedExample } from './examples.ts'
import { NewKeyBody } from './schemas.ts'

const { format: _made, ...properties } = NewKeyBody.properties

const ForeignKeyBody = Type.Object(
  {
    ...properties,
    service: Type.Optional(
      Text(1, 255, 'The name of the service that owns it; registered when there is none. Instead of `owner`.'),
    ),
    key: Type.Optional(
      Type.String({ minLength: 1, maxLength: FOREIGN_LENGTH.most, description: 'The key itself. It is not kept.' }),
    ),
    hash: Type.Optional(
      Type.Object(
        {
          algorithm: Type.Unsafe<'sha256' | 'bcrypt'>({ type: 'string', enum: ['sha256', 'bcrypt'] }),
          value: Type.String({ minLength: 1, maxLength: 128 }),
        },
        { additionalProperties: false, description: 'What the other system kept, instead of the key itself.' },
      ),
    ),
    prefix: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: PREFIX_LENGTH.most,
        pattern: '^[\\x21-\\x7e]+$',
        description: 'How the key begins. A key with a bcrypt hash is found by it: at least 8 characters.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type ForeignKeyBody = Static<typeof ForeignKeyBody>

export const ImportBody = Type.Object(
  {
    keys: Type.Array(ForeignKeyBody, { minItems: 1, maxItems: 1000 }),
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Say what would be, change nothing.' })),
    existing: Type.Optional(
      Type.Unsafe<'refuse' | 'skip'>({
        type: 'string',
        enum: ['refuse', 'skip'],
        default: 'refuse',
        description: 'What to do when a key is here already.',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        keys: [
          { name: 'billing', service: 'billing', scopes: ['orders:read'], key: 'the-key-as-its-client-sends-it' },
          {
            name: 'reports',
            service: 'reports',
            hash: { algorithm: 'sha256', value: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
          },
          {
            name: 'crm',
            service: 'crm',
            prefix: 'acme_4Kf9',
            hash: { algorithm: 'bcrypt', value: '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy' },
          },
        ],
      },
    ],
  },
)

export const ImportedBody = withExample(
  Type.Object({
    dryRun: Type.Boolean(),
    imported: Type.Integer(),
    skipped: Type.Integer(),
    items: Type.Array(
      Type.Object({
        result: Type.Unsafe<'imported' | 'skipped'>({ type: 'string', enum: ['imported', 'skipped'] }),
        id: Nullable(Type.String({ description: 'Null when nothing was made of it, because this was a trial.' })),
        name: Type.String(),
        hint: Nullable(Type.String()),
      }),
      { description: 'In the order of the request.' },
    ),
  }),
  importedExample,
)
