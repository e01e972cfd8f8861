import { describe, expect, it } from 'vitest'
import { Secret } from '../core/index.ts'
import { differencesOf } from './difference.ts'
import { configOf } from './testing.ts'

const gateway = (routes: string) => `
gateway:
  upstreams: { orders: { targets: ["http://127.0.0.1:9090"] } }
  routes:
    ${routes}
`
const ORDERS = '- { id: orders, match: { path: /orders/** }, upstream: orders, public: true }'
const STATUS = '- { id: status, match: { path: /status }, upstream: orders, public: true }'

describe('the differences of two configurations', () => {
  it('are none between equal ones, whatever the order of their routes', async () => {
    const one = await configOf(gateway(`${ORDERS}\n    ${STATUS}`))
    const other = await configOf(gateway(`${STATUS}\n    ${ORDERS}`))
    expect(differencesOf(one.gateway, other.gateway)).toEqual([])
  })

  it('name routes by their id, and settings by their path', async () => {
    const one = await configOf(gateway(ORDERS))
    const other = await configOf(
      gateway(`${STATUS}\n    ${ORDERS.replace('public: true', 'authenticate: [apiKey], require: { level: known }')}`),
    )
    const found = differencesOf({ gateway: one.gateway }, { gateway: other.gateway })
    expect(found.map(({ path, is }) => `${path} ${is}`)).toEqual([
      'gateway.routes.orders.authenticate changed',
      'gateway.routes.orders.public changed',
      'gateway.routes.orders.require.level changed',
      'gateway.routes.status added',
    ])
    expect(found[1]).toEqual({ path: 'gateway.routes.orders.public', is: 'changed', before: true, after: false })
  })

  it('tell of whole lists where entries have no names, and of everything that is gone', () => {
    expect(differencesOf({ hosts: ['a'], cors: { origins: [] } }, { hosts: ['a', 'b'] })).toEqual([
      { path: 'hosts', is: 'changed', before: ['a'], after: ['a', 'b'] },
      { path: 'cors', is: 'removed', before: { origins: [] } },
    ])
    expect(differencesOf({ cors: null }, { cors: { maxAge: 1 } })).toEqual([
      { path: 'cors', is: 'changed', before: null, after: { maxAge: 1 } },
    ])
  })

  it('never show what is secret', () => {
    expect(differencesOf({ url: new Secret('one') }, { url: new Secret('one') })).toEqual([])
    expect(differencesOf({ url: new Secret('one') }, { url: new Secret('two') })).toEqual([
      { path: 'url', is: 'changed', before: '[secret]', after: '[secret]' },
    ])
  })
})
