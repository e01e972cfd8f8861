import type { Attack } from '../door.ts'

export const attacks: readonly Attack[] = [
  {
    name: 'an old version that nobody looks after',
    play: ({ ask }) => ask('/v0/orders', { anonymous: true }),
    got: ({ text }) => (text.includes('internalNotes') ? text : null),
    refused: '410 ROUTE_GONE',
  },
  {
    name: 'a path that is in no document',
    play: ({ ask }) => ask('/internal/dump', { anonymous: true }),
    got: ({ text }) => (text.includes('internalNotes') ? text : null),
    refused: '404 ROUTE_NOT_FOUND',
  },
]
