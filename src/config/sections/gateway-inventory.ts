import { duration, flag, integer, section } from '../fields.ts'

export const inventoryField = section(
  'What is learnt from traffic: paths as templates, methods, statuses, names of queries and of JSON bodies. Never values.',
  {
    learn: flag('Learn from traffic what is asked for, so that it can be held against what is declared.', {
      default: true,
    }),
    zombieAfter: duration('Declared operations that no upstream answered for so long are told of as zombies.', {
      min: '1h',
      max: '3650d',
      default: '30d',
    }),
    keep: duration(
      'What was not seen for so long, and is not declared, is forgotten. Not shorter than `zombieAfter`.',
      {
        min: '1d',
        max: '3650d',
        default: '180d',
      },
    ),
    maxPaths: integer(
      'Most paths that are kept, all routes together; the ones that were asked for least go first. A tenth of it is for what no route declares.',
      { min: 100, max: 1_000_000, default: 10_000 },
    ),
  },
)
