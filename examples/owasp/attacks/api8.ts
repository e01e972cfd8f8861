import type { Attack } from '../door.ts'

const EVIL = 'https://shop.example.com.evil.example'

export const attacks: readonly Attack[] = [
  {
    name: 'an error that tells of the inside',
    play: ({ ask }) => ask('/crash'),
    got: ({ text }) => (/SqliteError|db-1/.test(text) ? text : null),
    refused: '500 UPSTREAM_ERROR',
  },
  {
    name: 'a page of somebody else reads answers in Ana’s browser',
    play: ({ ask }) => ask('/status', { headers: { origin: EVIL } }),
    got: ({ headers }) => (headers.get('access-control-allow-origin') === EVIL ? `${EVIL} may read` : null),
    refused: '200',
  },
  {
    name: 'an answer is shown in a frame, and tells what it runs on',
    play: ({ ask }) => ask('/status'),
    got: ({ headers }) => {
      const isBare = headers.get('x-frame-options') === null || headers.get('x-content-type-options') === null
      return isBare || headers.has('x-powered-by') ? `may be framed, ${headers.get('x-powered-by')}` : null
    },
    refused: '200',
  },
  {
    name: 'an answer with a key of a cloud and the number of a card',
    play: ({ ask }) => ask('/status'),
    got: ({ text }) => (/AKIA|4111 1111 1111/.test(text) ? text : null),
    refused: '200',
  },
]
