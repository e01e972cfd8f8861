import type { EventTable } from '../../core/index.ts'

/** `tuples` holds the first ten, `count` says how many there were. */
export const relationEvents = {
  'relation.written': { sentence: 'Tuples of relations were written.', details: ['count', 'tuples', 'revision'] },
  'relation.removed': { sentence: 'Tuples of relations were removed.', details: ['count', 'tuples', 'revision'] },
  'relation.model_changed': {
    sentence: 'The model of relations was replaced.',
    details: ['version', 'types', 'relations', 'revision'],
  },
} as const satisfies EventTable
