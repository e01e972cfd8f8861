import { expect, it } from 'vitest'
import { type GateOptions, openEngine } from './gate.ts'

const KEY = 'sp_live_0123456789'
const URL_OF_SERVER = 'http://127.0.0.1:1'

it.each<readonly [what: string, options: unknown, sentence: RegExp]>([
  ['nothing', {}, /either embedded: true, or url and key/],
  ['both', { embedded: true, url: URL_OF_SERVER, key: KEY }, /either embedded: true, or url and key/],
  ['an option that there is not', { embedded: true, trustProxy: 1 }, /no option "trustProxy"/],
  ['a configuration for what is open', { embedded: {}, config: {} }, /has its configuration/],
  ['an address that is none', { url: 'localhost', key: KEY }, /url must be the address/],
  ['a password in the address', { url: 'http://a:b@localhost', key: KEY }, /must not hold a password/],
  ['no key', { url: URL_OF_SERVER, key: undefined }, /permission keys:verify/],
  ['a key that is none', { url: URL_OF_SERVER, key: 'a b' }, /permission keys:verify/],
  [
    'networks that are everybody',
    { url: URL_OF_SERVER, key: KEY, trustedProxies: ['0.0.0.0/1', '128.0.0.0/1'] },
    /everybody/,
  ],
  ['a network with host bits', { url: URL_OF_SERVER, key: KEY, trustedProxies: ['10.0.0.1/8'] }, /host bits/],
  ['a cache of nothing', { url: URL_OF_SERVER, key: KEY, cache: 0 }, /cache must be/],
])('a gate is not made of %s', (_, options, sentence) => {
  expect(() => openEngine(options as GateOptions)).toThrow(sentence)
})

it('a gate whose configuration is wrong says what is wrong with it, and lets nobody in', async () => {
  const engine = openEngine({ embedded: true, config: { keys: { brand: 'NO' }, nothing: 1 } as never })
  await expect(engine.ready()).rejects.toThrow(/keys\.brand[\s\S]*nothing|nothing[\s\S]*keys\.brand/)
  await expect(engine.ground()).rejects.toThrow()
  await engine.close()
  expect(() => engine.ground()).toThrow('closed')
})

it('a gate takes only what createSallyport made', async () => {
  const engine = openEngine({ embedded: {} as never })
  await expect(engine.ready()).rejects.toThrow('what createSallyport answered')
})

it('a guard that would hold nobody is not made', async () => {
  const engine = openEngine({ url: URL_OF_SERVER, key: KEY, onError: () => undefined })
  const needs = { scopes: [], permissions: [] }
  expect(() => engine.requireStep(needs)).toThrow('at least one')
  expect(() => engine.requireStep({ ...needs, scopes: ['orders read'] })).toThrow('is not a scope')
  expect(() => engine.requireStep({ ...needs, permissions: ['orders'] })).toThrow('is not a permission')
  const limit = { by: 'key', max: 1, per: 'minute' } as const
  expect(() => engine.limitStep({ ...limit, max: 0 }, 'a')).toThrow(RangeError)
  expect(() => engine.limitStep({ ...limit, max: '100' as never }, 'a')).toThrow(RangeError)
  expect(() => engine.limitStep({ ...limit, per: 'fortnight' as never }, 'a')).toThrow('per must be')
  expect(() => engine.limitStep({ ...limit, by: 'mood' as never }, 'a')).toThrow('by must be')
  await engine.close()
})
