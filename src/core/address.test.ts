import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contains, type Network, parseAddress, parseNetwork, wholeFamily } from './index.ts'

function network(text: string): Network {
  const parsed = parseNetwork(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

function isIn(block: string, address: string): boolean {
  const parsed = parseAddress(address)
  return parsed !== null && contains(network(block), parsed)
}

describe('an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is read as %s', (text, canonical) => {
    expect(parseAddress(text)?.text).toBe(canonical)
  })

  it.each([
    '',
    '127.1',
    '0x7f.0.0.1',
    '010.0.0.1',
    '2130706433',
    '192.0.2.7%eth0',
    'fe80::1%',
    '1.2.3.4.5',
    'localhost',
    '1.2.3.4 ',
  ])('%j is refused', (text) => {
    expect(parseAddress(text)).toBeNull()
  })
})

describe('some networks', () => {
  it.each([
    [['0.0.0.0/1', '128.0.0.0/1'], 4],
    [['128.0.0.0/2', '10.0.0.0/8', '0.0.0.0/1', '192.0.0.0/2'], 4],
    [['::/1', '8000::/1', '10.0.0.0/8'], 6],
    [['0.0.0.0/1', '::ffff:128.0.0.0/97'], 4],
    [['0.0.0.0/0'], 4],
    [['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3', '224.0.0.0/4'], null],
    [['0.0.0.1/32', '0.0.0.2/31', '128.0.0.0/1'], null],
    [['0.0.0.0/1', '8000::/1'], null],
    [[], null],
  ] as const)('%j together are all of IPv%s', (texts, family) => {
    expect(wholeFamily(texts.map(network))).toBe(family)
  })
})

describe('a network', () => {
  it('holds the addresses of its block and no others', () => {
    expect(isIn('10.0.0.0/8', '10.255.1.2')).toBe(true)
    expect(isIn('10.0.0.0/8', '11.0.0.1')).toBe(false)
    expect(isIn('192.0.2.128/25', '192.0.2.127')).toBe(false)
    expect(isIn('192.0.2.7', '192.0.2.7')).toBe(true)
    expect(isIn('2001:db8::/33', '2001:db8:7fff::1')).toBe(true)
    expect(isIn('2001:db8::/33', '2001:db8:8000::1')).toBe(false)
  })

  it('meets a client on a dual-stack socket by its IPv4 rule', () => {
    expect(isIn('10.0.0.0/8', '::ffff:10.1.2.3')).toBe(true)
    expect(isIn('::ffff:10.0.0.0/104', '10.1.2.3')).toBe(true)
  })

  it('of one family never holds an address of the other', () => {
    expect(isIn('0.0.0.0/0', '2001:db8::1')).toBe(false)
    expect(isIn('::/0', '192.0.2.7')).toBe(false)
  })

  it.each([
    ['10.0.0.1/8', 'host bits'],
    ['2001:db8::1/32', 'host bits'],
    ['10.0.0.0/33', 'prefix length'],
    ['10.0.0.0/08', 'prefix length'],
    ['10.0.0.0/', 'prefix length'],
    ['10.0.0.0/-1', 'prefix length'],
    ['::ffff:10.0.0.0/8', 'prefix length'],
    ['fe80::%eth0/10', 'not an IP address'],
    ['example.com', 'not an IP address'],
  ])('%s is refused, naming the %s', (text, reason) => {
    expect(parseNetwork(text)).toContain(reason)
  })

  it('contains exactly the addresses whose leading bits are its own', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(
        fc.tuple(byte, byte, byte, byte),
        fc.tuple(byte, byte, byte, byte),
        fc.integer({ min: 0, max: 32 }),
        (a, b, bits) => {
          const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0
          const number = (x: number[]) => x.reduce((sum, part) => sum * 256 + part, 0)
          const first = (number(a) & mask) >>> 0
          const text = [24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join('.')
          expect(isIn(`${text}/${bits}`, b.join('.'))).toBe((number(b) & mask) >>> 0 === first)
        },
      ),
    )
  })

  it('is never read from arbitrary text by accident: parsing does not throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void [parseAddress(text), parseNetwork(text)]))
  })
})
