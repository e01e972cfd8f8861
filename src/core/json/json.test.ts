import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOfJson } from './read.ts'
import type { JsonBounds } from './rules.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))
const suite = join(root, 'json-parsing', 'JSONTestSuite.jsonl')

const WIDE: JsonBounds = { depth: 64, items: 1000, keys: 50 }
const fault = (text: string, bounds = WIDE) => faultOfJson(Buffer.from(text), bounds)

describe('a JSON text', () => {
  it.each([
    ['{"a":[{"b":1,"b":2}]}', 'duplicate', '/a/0/b'],
    ['{"a":1,"\\u0061":2}', 'duplicate', '/a'],
    ['{"\\u0061":1,"a":2}', 'duplicate', '/a'],
    ['{"a":{"x":1},"b":[],"a":3}', 'duplicate', '/a'],
    ['{"\\u0062":0,"c":1,"a":2,"d":[],"b":3}', 'duplicate', '/b'],
    ['{"ab":1,"ba":2,"ab":3}', 'duplicate', '/ab'],
    ['{"__proto__":{}}', 'prototype', '/__proto__'],
    ['{"\\u005f_proto__":{}}', 'prototype', '/__proto__'],
    ['{"a":[{"constructor":{"prototype":{}}}]}', 'prototype', '/a/0/constructor/prototype'],
    ['{"a.constructor.prototype.b":1}', 'prototype', '/a.constructor.prototype.b'],
    ['{"a[__proto__][b]":1}', 'prototype', '/a[__proto__][b]'],
    ['[1e999]', 'number', '/0'],
    ['{"a":-1e400}', 'number', '/a'],
    ['{"a":1e-10000000}', 'number', '/a'],
    [`[${'9'.repeat(200)}]`, 'number', '/0'],
    ['["\\ud800"]', 'half a character', '/0'],
    ['["\\udc00\\ud800"]', 'half a character', '/0'],
    ['{"\\ud800":1}', 'half a character', ''],
    ['\ufeff{}', 'byte order mark', ''],
    ['{}x', 'trailing', ''],
    ['{}{}', 'trailing', ''],
    ['{"a":1}\u0000', 'trailing', ''],
    ['', 'not JSON', ''],
    [' ', 'not JSON', ''],
    ['[1,]', 'not JSON', '/1'],
    ['[1 2]', 'not JSON', '/0'],
    ['[[1],[2],{"x":[1,tru]}]', 'not JSON', '/2/x/1'],
    ['{"a":{', 'not JSON', '/a'],
    ['{"a":tru}', 'not JSON', '/a'],
    ['{"a":"b\nc"}', 'not JSON', '/a'],
    ['{"a" 1}', 'not JSON', '/a'],
    ["{'a':1}", 'not JSON', ''],
    ['{"a/b":{"c~d":01}}', 'not JSON', '/a~1b/c~0d'],
  ])('%s is refused: %s at "%s"', (text, why, pointer) => {
    expect(fault(text)).toEqual({ fault: why, pointer })
  })

  it.each([
    '{"constructor":1,"prototype":2}',
    '{"constructor":{"name":"a"}}',
    '["__proto__"]',
    '{"a":{"b":1},"b":{"b":1}}',
    '[1e308,-0.0,12345678901234567890,1E+2]',
    '"\\ud83d\\ude00 \\u0000 \\/"',
    ' \t\r\n{ "a" : [ ] } \n',
    'null',
  ])('%s is taken', (text) => {
    expect(fault(text)).toBe(null)
  })

  it('may be as deep, long and wide as it is told, and no more', () => {
    const bounds = { depth: 3, items: 4, keys: 2 }
    expect(fault('[[[1,2,3,4]]]', bounds)).toBe(null)
    expect(fault('[[[[]]]]', bounds)).toEqual({ fault: 'depth', pointer: '/0/0/0' })
    expect(fault('{"a":[1,2,3,4,5]}', bounds)).toEqual({ fault: 'items', pointer: '/a/4' })
    expect(fault('[{"a":1,"b":2}]', bounds)).toBe(null)
    expect(fault('[{"a":1,"b":2,"c":3}]', bounds)).toMatchObject({ fault: 'keys' })
  })

  it('keeps every name of large objects apart, however they are written', () => {
    const names = Array.from({ length: 400 }, (_, i) => `"name${i}":${i}`)
    const bounds = { ...WIDE, keys: 1000 }
    expect(fault(`{${names.join(',')}}`, bounds)).toBe(null)
    expect(fault(`{${[...names, '"n\\u0061me399":1'].join(',')}}`, bounds)).toEqual({
      fault: 'duplicate',
      pointer: '/name399',
    })
  })

  it('repeats nothing of a stranger’s names that could be read as something else', () => {
    expect(fault('{"\\u001b[31m\\u202e":1e999}')).toEqual({ fault: 'number', pointer: '/?[31m?' })
    expect(fault(`{"${'n'.repeat(5000)}":1e999}`)?.pointer.length).toBe(66)
  })

  it('is not followed by calling oneself, however deep it is', () => {
    expect(fault('['.repeat(100_000))).toEqual({ fault: 'depth', pointer: '/0'.repeat(64) })
    expect(fault('[{"":'.repeat(50_000))).toMatchObject({ fault: 'depth' })
  })

  it('that JSON.stringify writes is taken, and with any one character changed it is taken only where JSON.parse does', () => {
    const wide = { depth: 64, items: 10_000, keys: 10_000 }
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (text, at, other) => {
        const place = at % (text.length + 1)
        const changed = text.slice(0, place) + other + text.slice(place + 1)
        for (const it of [text, changed]) {
          if (fault(it, wide) === null) JSON.parse(it)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

type Case = { readonly name: string; readonly b64?: string; readonly gen?: { prefix: string; length: number } }

describe.skipIf(!existsSync(suite))('the JSON parsing suite', () => {
  const cases = existsSync(suite)
    ? readFileSync(suite, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Case)
    : []
  const bytesOf = ({ b64, gen }: Case) =>
    b64 === undefined
      ? Buffer.from((gen?.prefix ?? '').repeat(gen?.length ?? 0).slice(0, gen?.length))
      : Buffer.from(b64, 'base64')
  const verdicts = cases.map((it) => ({ name: it.name, bytes: bytesOf(it), found: faultOfJson(bytesOf(it), WIDE) }))
  const of = (kind: string) => verdicts.filter(({ name }) => name.startsWith(kind))

  it('has 188 texts that must be refused, and all are', () => {
    expect(of('n_').length).toBe(188)
    expect(of('n_').filter(({ found }) => found === null)).toEqual([])
  })

  it('has 95 texts that must be taken; two with a name twice are not, on purpose', () => {
    expect(of('y_').length).toBe(95)
    expect(of('y_').flatMap(({ name, found }) => (found === null ? [] : [`${name} ${found.fault}`]))).toEqual([
      'y_object_duplicated_key.json duplicate',
      'y_object_duplicated_key_and_value.json duplicate',
    ])
  })

  it('leaves 35 to the reader; of those only numbers that a double holds are taken', () => {
    expect(of('i_').length).toBe(35)
    expect(of('i_').flatMap(({ name, found }) => (found === null ? [name] : []))).toEqual([
      'i_number_double_huge_neg_exp.json',
      'i_number_too_big_neg_int.json',
      'i_number_too_big_pos_int.json',
      'i_number_very_big_negative_int.json',
    ])
  })

  it('has no text that JSON.parse refuses and we take', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const parses = (bytes: Buffer) => {
      try {
        JSON.parse(strict.decode(bytes))
        return true
      } catch {
        return false
      }
    }
    expect(verdicts.filter(({ bytes, found }) => found === null && !parses(bytes))).toEqual([])
  })
})
