import { expect, it } from 'vitest'
import { readRedisAddress } from './index.ts'

const plain = { tls: false, master: null, username: null, password: null, database: 0 }
const node = (host: string, port = 6379) => ({ host, port })

it.each([
  ['redis://a', { ...plain, nodes: [node('a')] }],
  ['redis://a/', { ...plain, nodes: [node('a')] }],
  ['rediss://a.example:7000/3', { ...plain, tls: true, nodes: [node('a.example', 7000)], database: 3 }],
  ['redis://[::1]:7000', { ...plain, nodes: [node('::1', 7000)] }],
  ['redis://:p%40ss@a', { ...plain, nodes: [node('a')], password: 'p@ss' }],
  ['redis://me:p:q@a', { ...plain, nodes: [node('a')], username: 'me', password: 'p:q' }],
  [
    'redis-sentinel://me:p@a,b:1,[::1]:2/5?master=orders',
    {
      ...plain,
      nodes: [node('a', 26_379), node('b', 1), node('::1', 2)],
      master: 'orders',
      username: 'me',
      password: 'p',
      database: 5,
    },
  ],
  ['rediss-sentinel://a?master=m', { ...plain, tls: true, nodes: [node('a', 26_379)], master: 'm' }],
])('%s is read', (text, address) => {
  expect(readRedisAddress(text)).toEqual(address)
})

it.each([
  '',
  'http://a',
  'redis:a',
  'redis://',
  'redis://a,b',
  'redis://a?x=1',
  'redis://a#b',
  'redis://a:0',
  'redis://a:65536',
  'redis://a/b',
  'redis://a b',
  'redis://%zz@a',
  'redis://a@b@c:x',
  'redis-sentinel://a',
  'redis-sentinel://a?master=',
  'redis-sentinel://a?master=m&x=1',
  'redis-sentinel://a,?master=m',
  `redis-sentinel://${'a,'.repeat(32)}a?master=m`,
])('%s is refused, and not repeated', (text) => {
  const said = readRedisAddress(text)
  expect(typeof said).toBe('string')
  if (text.length > 12) expect(said).not.toContain(text)
})
