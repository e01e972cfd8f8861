import { describe, expect, it } from 'vitest'
import { domainFault, domainOf, domainRule, isAllowedDomain } from './verify/domain.ts'
import { isAllowedResource, resourceFault, resourceRule } from './verify/resource.ts'

describe('an allowed domain', () => {
  it.each([
    ['example.com', 'example.com', true],
    ['example.com', 'www.example.com', false],
    ['*.example.com', 'www.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'badexample.com', false],
    ['example.com', 'example.com.evil.org', false],
  ])('%s lets %s through: %s', (rule, domain, answer) => {
    expect(isAllowedDomain([domainRule(rule)], domain)).toBe(answer)
  })

  it('is met by nobody whose domain is not known', () => {
    expect(isAllowedDomain([domainRule('example.com')], null)).toBe(false)
  })

  it.each([
    'https://example.com',
    'example.com:8080',
    'example.com/path',
    'Example.com',
    'exämple.com',
    '*.com',
    '*',
    '',
    '-a.com',
    'a..b',
  ])('%j is refused with a sentence', (text) => {
    expect(domainFault(text)).not.toBeNull()
  })

  it.each([
    ['https://shop.example.com', undefined, 'shop.example.com'],
    ['https://shop.example.com:8443', 'https://other.org/', 'shop.example.com'],
    [undefined, 'https://shop.example.com/cart?x=1', 'shop.example.com'],
    ['null', 'https://shop.example.com/', null],
    ['file://', undefined, null],
    [undefined, undefined, null],
  ])('comes from Origin %s, else Referer %s: %s', (origin, referer, domain) => {
    expect(domainOf(origin, referer)).toBe(domain)
  })
})

describe('a resource pattern', () => {
  it.each([
    ['/api/v1/products/*', 'GET', '/api/v1/products/7', true],
    ['/api/v1/products/*', 'GET', '/api/v1/products/7/reviews', true],
    ['/api/v1/products/*', 'GET', '/api/v1/products', false],
    ['/api/v1/products/*', 'GET', '/api/v1/products/', false],
    ['/api/v1/products/*', 'GET', '/api/v1/productsX/7', false],
    ['GET /orders/**', 'POST', '/orders/7', false],
    ['GET /orders/**', 'GET', '/orders/7', true],
    ['/orders/*/items', 'GET', '/orders/7/items', true],
    ['/orders/*/items', 'GET', '/orders/7/8/items', false],
    ['/orders', 'GET', '/orders', true],
    ['/orders', 'GET', '/orders/', false],
  ])('%s with %s %s: %s', (pattern, method, path, answer) => {
    expect(isAllowedResource([resourceRule(pattern)], method, path)).toBe(answer)
  })

  it('is met by no request whose path is not known', () => {
    expect(isAllowedResource([resourceRule('/**')], 'GET', null)).toBe(false)
  })

  it.each(['orders', 'FETCH /orders', '/a/../b', '/a//b', '/a/**/b', '/a b', '', 'GET'])(
    '%j is refused with a sentence',
    (text) => {
      expect(resourceFault(text)).not.toBeNull()
    },
  )
})
