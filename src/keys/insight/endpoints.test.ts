import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endpointName, endpointOf, templateOf } from './endpoints.ts'

describe('an endpoint', () => {
  it.each([
    ['/', '/'],
    ['/orders', '/orders'],
    ['/orders/17', '/orders/{id}'],
    ['/orders/17/items/3', '/orders/{id}/items/{id}'],
    ['/orders/17/', '/orders/{id}/'],
    ['/v1/orders', '/v1/orders'],
    ['/v12/orders/9', '/v12/orders/{id}'],
    ['/v1234', '/{id}'],
    ['/orders/6f1c2a9e-1f0b-4b52-9a34-2f6f0e6c9d11', '/orders/{id}'],
    ['/orders/key_1hq3v0c9kd5m7w2x8p4t6r1a/uses', '/orders/{id}/uses'],
    [`/files/${'x'.repeat(33)}/meta`, '/files/{id}/meta'],
    [`/files/${'x'.repeat(32)}/meta`, `/files/${'x'.repeat(32)}/meta`],
  ])('of %s is %s', (path, template) => {
    expect(templateOf(path)).toBe(template)
  })

  it('is bounded, whatever a stranger writes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), fc.string({ maxLength: 300 }), (path, method) => {
        const name = endpointName(method, 'orders', `/${path}`)
        expect(name.length).toBeLessThan(300)
        expect(endpointOf(name)).toMatchObject({ route: 'orders', method: expect.stringMatching(/^([A-Z]+|other)$/) })
      }),
    )
  })

  it('keeps a path with line breaks, and one that is not known', () => {
    expect(endpointOf(endpointName('GET', null, '/a\nb'))).toEqual({ method: 'GET', route: null, path: '/a\nb' })
    expect(endpointOf(endpointName(null, 'orders', null))).toEqual({ method: 'other', route: 'orders', path: null })
  })
})
