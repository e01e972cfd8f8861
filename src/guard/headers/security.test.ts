import { describe, expect, test } from 'vitest'
import { securityHeaders } from './security.ts'
import { type HeaderChanges, type HeaderSettings, withChanges } from './settings.ts'

const HSTS = { maxAge: 31_536_000_000, includeSubDomains: true, preload: false }
const SETTINGS: HeaderSettings = {
  contentSecurity: "default-src 'none'",
  pages: {
    contentSecurity: "default-src 'self'",
    permissions: 'camera=()',
    referrer: 'same-origin',
    opener: 'same-origin',
  },
  frames: 'deny',
  resource: 'same-origin',
  cache: 'no-store',
  allowSniffing: false,
  leaveToUpstream: false,
}
const NOTHING: HeaderChanges = {
  contentSecurity: null,
  frames: null,
  resource: null,
  cache: null,
  allowSniffing: null,
  leaveToUpstream: null,
  pages: { contentSecurity: null, permissions: null, referrer: null, opener: null },
}

type Theirs = Record<string, string | readonly string[]>

function written(theirs: Theirs | null, over: Partial<HeaderSettings> = {}, how = { https: false, known: true }) {
  const lines: string[] = []
  securityHeaders({ ...SETTINGS, ...over }, HSTS)?.write(lines, { ...how, headers: theirs })
  return Object.fromEntries(lines.flatMap((name, i) => (i % 2 === 0 ? [[name, lines[i + 1]]] : [])))
}

const API = { 'content-type': 'application/json' }
const PAGE = { 'content-type': 'text/html; charset=utf-8' }

describe('what an answer says', () => {
  test('that is no page', () => {
    expect(written(API)).toEqual({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
  })

  test('that is a page says more', () => {
    expect(written(PAGE)).toEqual({
      'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'permissions-policy': 'camera=()',
      'cross-origin-opener-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
  })

  test.each([
    ['TEXT/HTML', true],
    [' text/html', true],
    ['application/xhtml+xml', true],
    ['text/html, application/json', true],
    ['text/htmlx', false],
    ['image/svg+xml', false],
    ['application/json; x=text/html', false],
  ])('of the type %j is a page: %j', (type, isPage) => {
    expect('permissions-policy' in written({ 'content-type': type })).toBe(isPage)
  })

  test('with two types is taken for a page', () => {
    expect(written({ 'content-type': ['application/json', 'text/html'] })).toHaveProperty(['permissions-policy'])
  })

  test('over https that browsers must come by https', () => {
    const how = { https: true, known: false }
    expect(written(API, {}, how)['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    expect(written({ ...API, 'strict-transport-security': 'max-age=1' })).not.toHaveProperty([
      'strict-transport-security',
    ])
  })

  test('of ours alone leaves caching to the problem itself', () => {
    expect(written(null)).toEqual({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    })
  })
})

describe('what the upstream says itself', () => {
  test.each([
    ['x-frame-options', 'deny', 'deny'],
    ['x-frame-options', 'SAMEORIGIN', 'DENY'],
    ['x-frame-options', 'ALLOW-FROM https://a.example', 'DENY'],
    ['content-security-policy', "default-src 'self'; img-src *", "default-src 'self'; img-src *"],
    ['referrer-policy', 'no-referrer', 'no-referrer'],
    ['referrer-policy', 'unsafe-url', 'same-origin'],
    ['referrer-policy', 'origin', 'same-origin'],
    ['permissions-policy', 'geolocation=(self)', 'geolocation=(self)'],
    ['cross-origin-opener-policy', 'unsafe-none', 'same-origin'],
    ['cross-origin-resource-policy', 'cross-origin', 'same-origin'],
  ])('under %s of a page as %j becomes %j', (name, theirs, becomes) => {
    expect(written({ ...PAGE, [name]: theirs })[name]).toBe(becomes)
  })

  test('about content security is not heard where there is no page', () => {
    expect(written({ ...API, 'content-security-policy': 'default-src *' })['content-security-policy']).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    )
  })

  test('twice is not heard', () => {
    expect(written({ ...PAGE, 'permissions-policy': ['a', 'b'] })['permissions-policy']).toBe('camera=()')
  })

  test('of caching counts for what everybody may see', () => {
    const theirs = { ...API, 'cache-control': 'public, max-age=60', expires: 'x' }
    const heard = written(theirs, {}, { https: false, known: false })
    expect([heard['cache-control'], heard.expires]).toEqual(['public, max-age=60', 'x'])
    expect(written(theirs)).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
    expect(written(theirs)).not.toHaveProperty('expires')
  })

  test('of caching counts for answers to a credential where the route says so', () => {
    expect(written({ ...API, 'cache-control': 'private' }, { cache: 'upstream' })).toMatchObject({
      'cache-control': 'private',
    })
    expect(written(API, { cache: 'upstream' })).toMatchObject({ 'cache-control': 'no-store' })
  })
})

describe('a relaxation', () => {
  test.each([
    ['same-origin', 'SAMEORIGIN', "default-src 'none'; frame-ancestors 'self'"],
    ['allow-any', undefined, "default-src 'none'"],
  ] as const)('of frames to %s is said in both headers', (frames, options, policy) => {
    const heard = written(API, { frames })
    expect([heard['x-frame-options'], heard['content-security-policy']]).toEqual([options, policy])
  })

  test('of frames does not weaken a policy that says it itself', () => {
    const contentSecurity = "default-src 'none'; Frame-Ancestors https://a.example"
    expect(written(API, { contentSecurity })['content-security-policy']).toBe(contentSecurity)
  })

  test('of frames keeps the stricter word of the upstream', () => {
    expect(written({ ...API, 'x-frame-options': 'DENY' }, { frames: 'same-origin' })['x-frame-options']).toBe('DENY')
  })

  test('lets browsers sniff only by its name', () => {
    expect(written(API, { allowSniffing: true })).not.toHaveProperty(['x-content-type-options'])
  })

  test('leaves everything to the upstream only by its name', () => {
    expect(securityHeaders({ ...SETTINGS, leaveToUpstream: true }, HSTS)).toBe(null)
  })

  test('of a route changes what it names and nothing else', () => {
    const changed = withChanges(SETTINGS, {
      ...NOTHING,
      frames: 'same-origin',
      pages: { ...NOTHING.pages, opener: 'unsafe-none' },
    })
    expect(changed).toEqual({ ...SETTINGS, frames: 'same-origin', pages: { ...SETTINGS.pages, opener: 'unsafe-none' } })
    expect(withChanges(SETTINGS, { ...NOTHING, allowSniffing: false })).toEqual(SETTINGS)
  })
})
