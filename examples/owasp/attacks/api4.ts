import { gzipSync } from 'node:zlib'
import type { Answer, Attack, Door } from '../door.ts'

const DEEP = `{ customers ${'{ orders { customer '.repeat(5)}{ id }${'} }'.repeat(5)} }`

export const attacks: readonly Attack[] = [
  {
    name: 'a page of a hundred thousand',
    play: ({ ask }) => ask('/search?limit=100000'),
    got: ({ text }) => (text.length > 100_000 ? `${text.length} bytes` : null),
    refused: '400 PAGE_SIZE_REFUSED',
  },
  {
    name: 'ten kilobytes that unpack to ten megabytes',
    play: ({ ask }) => {
      const bomb = gzipSync(Buffer.alloc(10_000_000, ' '))
      return ask('/import', { method: 'POST', body: bomb, headers: { 'content-encoding': 'gzip' } })
    },
    got: ({ text }) => (text.includes('10000000') ? text : null),
    refused: '413 BODY_EXPANDS_TOO_FAR',
  },
  {
    name: 'a body that is larger than any import',
    play: ({ ask }) => ask('/import', { method: 'POST', body: `["${'x'.repeat(200_000)}"]` }),
    got: ({ text }) => (text.includes('"read":200004') ? text : null),
    refused: '413 REQUEST_BODY_TOO_LARGE',
  },
  {
    name: 'JSON in JSON in JSON',
    play: ({ ask }) => ask('/import', { method: 'POST', body: `${'['.repeat(5_000)}${']'.repeat(5_000)}` }),
    got: ({ text }) => (text.includes('"read":10000') ? text : null),
    refused: '400 JSON_TOO_COMPLEX',
  },
  {
    name: 'GraphQL that asks in circles',
    play: ({ ask }) => ask('/graphql', { method: 'POST', body: { query: DEEP } }),
    got: ({ text }) => (text.includes('cus_Ana4Lw') ? `${text.length} bytes for ${DEEP.length}` : null),
    refused: '400 GRAPHQL_TOO_COMPLEX',
  },
  {
    name: 'more requests than anybody needs',
    play: flood,
    got: ({ status }) => (status === 200 ? 'an answer each time' : null),
    refused: '429 RATE_LIMITED',
  },
]

async function flood({ ask }: Door): Promise<Answer> {
  for (let i = 0; i < 24; i++) await ask('/search?limit=1')
  return ask('/search?limit=1')
}
