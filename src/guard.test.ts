import { expect, it } from 'vitest'
import { loadConfig } from './config/index.ts'
import { settingsFrom } from './guard/index.ts'
import { createSafeFetch } from './guard.ts'

it.each<readonly [what: string, options: unknown, sentence: RegExp]>([
  ['an option that there is not', { allowPrivate: ['10.0.0.0/8'] }, /no option "allowPrivate"; there are allow, ports/],
  ['everything as private networks', { allowPrivateNetworks: ['0.0.0.0/0'] }, /every IPv4 address/],
  ['both halves of everything', { allowPrivateNetworks: ['::/1', '8000::/1'] }, /every IPv6 address/],
  ['a network with host bits', { allowPrivateNetworks: ['10.0.0.1/8'] }, /host bits/],
  ['a network that is none', { allowPrivateNetworks: [10] }, /no text/],
  ['one network as a text', { allowPrivateNetworks: '10.0.0.0/8' }, /list of networks/],
  ['an address in place of a host', { allow: ['https://a.example/'] }, /https:\/\/a\.example/],
  ['an empty list, which could mean all or nothing', { allow: [] }, /null, or a list/],
  ['no ports', { ports: [] }, /list of ports/],
  ['a port that is none', { ports: [0] }, /from 1 to 65535/],
  ['something like true', { allowInsecureHttp: 'false' }, /true or false/],
  ['a time as a text', { timeout: '10s' }, /timeout must be a whole number/],
  ['an endless answer', { maxBytes: Number.POSITIVE_INFINITY }, /maxBytes must be/],
])('a way out is not made of %s', (_, options, sentence) => {
  expect(() => createSafeFetch(options as never)).toThrow(sentence)
  expect(() => createSafeFetch(options as never)).toThrow(TypeError)
})

it('what is left out has the defaults of the configuration', async () => {
  const loaded = await loadConfig({ cwd: '/', env: {}, overrides: {} })
  expect(loaded.ok && loaded.value.guard.outbound).toEqual(settingsFrom({ timeout: undefined } as never))
})

it('whoever runs it hears of what was refused, and names settings as options', async () => {
  const heard: unknown[] = []
  const outbound = createSafeFetch({
    onRefused: (refusal) => heard.push(refusal),
    resolve: async () => ['10.0.0.1'],
  })
  expect(await outbound.safeFetch('https://a.example/')).toMatchObject({ problem: { code: 'OUTBOUND_REFUSED' } })
  expect(heard).toEqual([{ host: 'a.example', why: 'private_address', address: '10.0.0.1', purpose: null }])
  expect(outbound.fault('http://a.example/')).toBe('must begin with https:// (allowInsecureHttp takes http:// too)')
  await outbound.stop()
})
