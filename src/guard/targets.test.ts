import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Address, parseAddress } from '../core/index.ts'
import { createTargets } from './targets.ts'
import { RELAXED } from './testing.ts'
import { isFault } from './url.ts'

const STRICT = { ...RELAXED, allowInsecureHttp: false, ports: [80, 443, 8080, 8443], allowAnyPort: false }
const targets = (changes: Partial<typeof RELAXED> = {}) =>
  createTargets({ ...STRICT, ...changes }, (setting) => `outbound.${setting}`)
const judged = (addresses: readonly string[], changes: Partial<typeof RELAXED> = {}, host = 'a.example') =>
  targets(changes).judge(
    host,
    addresses.map((text) => parseAddress(text) as Address),
  )?.why ?? null
const read = (text: string, changes: Partial<typeof RELAXED> = {}) => {
  const target = targets(changes).read(text)
  return isFault(target) ? target.says : null
}

const PUBLIC = '93.184.215.14'

describe('a name', () => {
  it('with public addresses may be reached', () => {
    expect(judged([PUBLIC, '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])).toBeNull()
  })

  it.each([
    ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.8.8.8', '172.31.255.255', '192.0.0.1', '192.0.2.1'],
    ...['192.88.99.1', '192.168.1.1', '198.19.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.1.1.1'],
    ...[
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::7f00:1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
    ],
    ...['64:ff9b:1::a00:1', '100::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1'],
    ...['2001::1', '2001:20::1', '2001:db8::1', '2002:7f00:1::', '2002:a00:1::1', '3fff::1', '5f00::1'],
    ...['2606:2800:21f:cb07:0:5efe:7f00:1', '2606:2800:21f:cb07:200:5efe:a00:1'],
  ])('that leads to %s is refused, also beside a public address', (address) => {
    expect(judged([address])).toBe('private_address')
    expect(judged([PUBLIC, address])).toBe('private_address')
    expect(judged([address, PUBLIC])).toBe('private_address')
  })

  it.each([
    ...['169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254'],
    ...['fd20:ce::254', '::ffff:169.254.169.254', '::a9fe:a9fe', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1'],
    '2606:2800:21f:cb07:0:5efe:a9fe:a9fe',
  ])('that leads to where a cloud keeps credentials (%s) is refused whatever is allowed', (address) => {
    const everything = ['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1']
    expect(judged([address], { allowPrivateNetworks: everything })).toBe('metadata')
    expect(judged(['10.0.0.1'], { allowPrivateNetworks: everything })).toBeNull()
  })

  it('may lead into a private network that was allowed, and into no other', () => {
    const allowPrivateNetworks = ['10.20.0.0/16', 'fd12::/16']
    expect(judged(['10.20.3.4', 'fd12::1'], { allowPrivateNetworks })).toBeNull()
    expect(judged(['10.21.3.4'], { allowPrivateNetworks })).toBe('private_address')
    expect(judged(['10.20.3.4', '10.21.3.4'], { allowPrivateNetworks })).toBe('private_address')
  })

  it('whatever IPv4 address is hidden in an IPv6 one, leads only where IPv6 itself leads', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
        const [a, b, c, d] = bytes
        const high = ((a << 8) | b).toString(16)
        const low = ((c << 8) | d).toString(16)
        const inner = bytes.join('.')
        for (const text of [
          `::${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `2001:0:${high}:${low}::`,
        ])
          expect(judged([text])).not.toBeNull()
        expect(judged([`::ffff:${high}:${low}`])).toBe(judged([inner]))
      }),
    )
  })
})

describe('an address as it is written', () => {
  it.each([
    ['http://a.example/', 'must begin with https:// (outbound.allowInsecureHttp takes http:// too)'],
    ['https://a.example:22/', 'must not be at port 22 (outbound.ports)'],
    ['https://a.example:6379/', 'must not be at port 6379 (outbound.ports)'],
    ['https://127.0.0.1/', 'must not be a private address (outbound.allowPrivateNetworks)'],
    ['https://[::1]/', 'must not be a private address (outbound.allowPrivateNetworks)'],
    ['https://169.254.169.254/', 'must not be where a cloud keeps credentials'],
    ['https://metadata.google.internal/', 'must not be where a cloud keeps credentials'],
    ['https://METADATA/', 'must not be where a cloud keeps credentials'],
    ['https://user@a.example/', 'must not hold a user name or password'],
    ['https://a.example./', 'must name its host by letters, digits and hyphens, without a dot at the end'],
  ])('%s %s', (text, says) => {
    expect(read(text)).toBe(says)
  })

  it('may name the ports of the configuration', () => {
    for (const port of ['', ':8080', ':8443']) expect(read(`https://a.example${port}/`)).toBeNull()
    expect(read('http://a.example/', { allowInsecureHttp: true })).toBeNull()
    expect(read('https://a.example:5671/', { ports: [5671] })).toBeNull()
    expect(read('https://a.example/', { ports: [5671] })).toContain('port 443')
    expect(read('https://a.example:5671/', { allowAnyPort: true })).toBeNull()
  })
})

describe('with a list of what alone is reached', () => {
  const allow = ['hooks.example.com', '*.partner.example', '198.100.0.0/16', '10.0.0.0/8']

  it.each([
    ['hooks.example.com', PUBLIC, null],
    ['a.partner.example', PUBLIC, null],
    ['a.b.partner.example', PUBLIC, null],
    ['other.example', '198.100.1.1', null],
    ['partner.example', PUBLIC, 'not_allowed'],
    ['evilpartner.example', PUBLIC, 'not_allowed'],
    ['hooks.example.com.evil.example', PUBLIC, 'not_allowed'],
    ['ahooks.example.com', PUBLIC, 'not_allowed'],
    ['other.example', '198.101.1.1', 'not_allowed'],
  ])('%s at %s: %s', (host, address, why) => {
    expect(judged([address], { allow }, host)).toBe(why)
  })

  it('a listed host or network that is private is not reached for that', () => {
    expect(judged(['10.0.0.1'], { allow }, 'hooks.example.com')).toBe('private_address')
    expect(judged(['10.0.0.1'], { allow, allowPrivateNetworks: ['10.0.0.0/8'] }, 'other.example')).toBeNull()
  })

  it('of hosts alone a name is refused before anybody is asked for it', () => {
    expect(read('https://b.example/', { allow: ['a.example'] })).toBe('must be among the hosts of outbound.allow')
    expect(read('https://b.example/', { allow: ['a.example', '198.100.0.0/16'] })).toBeNull()
    expect(read(`https://${PUBLIC}/`, { allow: ['a.example'] })).toBe('must be among the hosts of outbound.allow')
  })
})
