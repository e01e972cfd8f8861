import { describe, expect, it } from 'vitest'
import { createStrangers } from './strangers.ts'
import { namesOne, plainTemplate } from './template.ts'
import { createPathTree } from './tree.ts'

describe('a part of a path', () => {
  it.each([
    '42',
    '2026-01-31',
    '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    'deadbeef01',
    'ord_1hq3v0c9kd5m7w2x8p4t6r1a',
    'cGFyY2VsLTE3LWxhYmVs1',
    'ada@example.com',
    'a b',
    '[removed]',
    'x'.repeat(41),
  ])('that names one thing of many: %s', (part) => {
    expect(namesOne(part)).toBe(true)
  })

  it.each(['orders', 'v2', 'order-items', 'OAuth2', 'sitemap.xml', 'decade', '~me', 'x'.repeat(40)])(
    'that is a word: %s',
    (part) => {
      expect(namesOne(part)).toBe(false)
    },
  )
})

describe('a template', () => {
  it('is of twelve parts at the most', () => {
    expect(plainTemplate(`/${'a/'.repeat(40)}b`)).toBe(`/${'a/'.repeat(12)}**`)
    expect(createPathTree().find(`/${'a/'.repeat(40)}b`)?.template).toBe(`/${'a/'.repeat(12)}**`)
  })

  it('is the same however it is found', () => {
    for (const path of ['/', '/a', '/a/', '/a/42/b', '/a//b'])
      expect(createPathTree().find(path)?.template).toBe(plainTemplate(path))
  })

  it('is found in bounded room', () => {
    const tree = createPathTree()
    const letters = 'abcdefghijklmnop'
    let none = 0
    for (let i = 0; i < 40_000; i++) {
      const word = (at: number) => letters[(i >> (4 * at)) & 15]
      if (tree.find(`/${word(0)}/${word(1)}/${word(2)}/${word(3)}`) === null) none++
    }
    expect(none).toBeGreaterThan(30_000)
    expect(tree.find('/a/a/a/a')?.template).toBe('/a/a/a/a')
  })
})

describe('strangers', () => {
  const words = 'abcdefghijklmnopqrstuvwxyz'
  const wordOf = (i: number): string => (i < 26 ? (words[i] as string) : wordOf(Math.floor(i / 26)) + words[i % 26])

  it('push nothing out that is asked for again, and are bounded', () => {
    const strangers = createStrangers()
    for (let i = 0; i < 100_000; i++) {
      strangers.note('', 'GET', `/${wordOf(i)}/q`, i)
      if (i % 1000 === 0) strangers.note('', 'GET', '/old/api', i)
    }
    const drained = strangers.drain()
    expect(drained.length).toBeLessThanOrEqual(1024)
    expect(drained.find(({ path }) => path === '/old/api')?.requests).toBe(100)
    expect(strangers.drain()).toEqual([])
  })

  it('that ask for each path twice do not either', () => {
    const strangers = createStrangers()
    for (let i = 0; i < 20_000; i++) {
      for (let twice = 0; twice < 2; twice++) strangers.note('', 'GET', `/${wordOf(i)}/q`, i)
      if (i % 100 === 0) strangers.note('', 'GET', '/old/api', i)
    }
    expect(strangers.drain().find(({ path }) => path === '/old/api')?.requests).toBe(200)
  })
})
