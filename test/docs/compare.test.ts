import { describe, expect, it } from 'vitest'
import { differenceOf } from './compare.ts'

describe('an answer and what a page shows of it', () => {
  it.each([
    ['text', 'a …  c\n…\nend', 'a b c\nx\ny\nend'],
    ['text', 'key_… is revoked.', 'key_1 is revoked.'],
    ['json', '{ "id": "key_…", "items": [1, "…"] }', '{"id":"key_1","items":[1,2],"more":true}'],
    [
      'http',
      'HTTP/1.1 200 OK\netag: "…"\n\n{ "a": 1 }',
      'HTTP/1.1 200 OK\r\nETag: "3"\r\nDate: x\r\n\r\n{"a":1,"b":2}',
    ],
  ])('are the same: %s %j', (language, shown, came) => {
    expect(differenceOf(language, shown, came)).toBeNull()
  })

  it.each([
    ['text', 'a', 'a\nb'],
    ['text', 'a b', 'a c'],
    ['text', '…\nend', 'no'],
    ['json', '{ "a": 1 }', '{"a":2}'],
    ['json', '{ "a": 1 }', '{"b":1}'],
    ['json', '{ "a": [1] }', '{"a":[1,2]}'],
    ['json', '{ "a": "key_…" }', '{"a":"svc_1"}'],
    ['json', '{}', 'not json'],
    ['http', 'HTTP/1.1 200 OK', 'HTTP/1.1 401 Unauthorized\r\n\r\n'],
    ['http', 'HTTP/1.1 200 OK\netag: "1"', 'HTTP/1.1 200 OK\r\netag: "2"\r\n\r\n'],
    ['http', 'HTTP/1.1 200 OK\n\n{ "a": 1 }', 'HTTP/1.1 200 OK\r\n\r\n{"a":2}'],
  ])('are not the same: %s %j', (language, shown, came) => {
    expect(differenceOf(language, shown, came)).not.toBeNull()
  })
})
