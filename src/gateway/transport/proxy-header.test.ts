import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LONGEST_HEADER, readProxyHeader } from './proxy-header.ts'

const first = (line: string) => Buffer.from(`${line}\r\n`, 'latin1')
const SIGNATURE = '0d0a0d0a000d0a515549540a'
const second = (command: number, kind: number, rest: Buffer, length = rest.length) => {
  const head = Buffer.from(`${SIGNATURE}00000000`, 'hex')
  head.writeUInt8(command, 12)
  head.writeUInt8(kind, 13)
  head.writeUInt16BE(length, 14)
  return Buffer.concat([head, rest])
}
const four = Buffer.from('c0000201c633640130390050', 'hex')
const six = Buffer.from(`20010db8${'0'.repeat(22)}01${'0'.repeat(32)}30390050`, 'hex')

const readOf = (bytes: Buffer) => {
  const header = readProxyHeader(bytes)
  return header.is === 'read' ? [header.client?.text ?? null, header.bytes] : header.is
}

describe('a header of the PROXY protocol names', () => {
  test.each([
    ['the client over IPv4, version 1', first('PROXY TCP4 192.0.2.1 198.51.100.1 12345 80'), '192.0.2.1'],
    ['the client over IPv6, version 1', first('PROXY TCP6 2001:db8::1 2001:db8::2 12345 443'), '2001:db8::1'],
    ['nobody, version 1', first('PROXY UNKNOWN'), null],
    ['nobody, whatever stands behind it', first('PROXY UNKNOWN ffff::1 ffff::1 65535 65535'), null],
    ['the client over IPv4, version 2', second(0x21, 0x11, four), '192.0.2.1'],
    ['the client over IPv6, version 2', second(0x21, 0x21, six), '2001:db8::1'],
    ['the client, whatever is added', second(0x21, 0x11, Buffer.concat([four, Buffer.alloc(40, 4)])), '192.0.2.1'],
    ['nobody in a check of the proxy itself', second(0x20, 0x00, Buffer.alloc(0)), null],
    ['nobody in such a check with addresses', second(0x20, 0x11, four), null],
    ['nobody where the proxy does not know', second(0x21, 0x00, Buffer.alloc(7)), null],
  ])('%s', (_, bytes, client) => {
    expect(readOf(bytes)).toEqual([client, bytes.length])
    expect(readOf(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')]))).toEqual([client, bytes.length])
    for (let i = 0; i < bytes.length; i++) expect(readOf(bytes.subarray(0, i))).toBe('incomplete')
  })
})

describe('what is not one is refused:', () => {
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['lower case', first('proxy TCP4 192.0.2.1 198.51.100.1 1 2')],
    ['two spaces', first('PROXY  TCP4 192.0.2.1 198.51.100.1 1 2')],
    ['a space at the end', first('PROXY TCP4 192.0.2.1 198.51.100.1 1 2 ')],
    ['a tab', first('PROXY TCP4\t192.0.2.1 198.51.100.1 1 2')],
    ['the wrong family', first('PROXY TCP4 2001:db8::1 2001:db8::2 1 2')],
    ['two families', first('PROXY TCP6 2001:db8::1 192.0.2.1 1 2')],
    ['no address', first('PROXY TCP4 192.0.2.256 198.51.100.1 1 2')],
    ['an address with zeros before', first('PROXY TCP4 192.0.02.1 198.51.100.1 1 2')],
    ['a port above all', first('PROXY TCP4 192.0.2.1 198.51.100.1 65536 2')],
    ['a port with zeros before', first('PROXY TCP4 192.0.2.1 198.51.100.1 01 2')],
    ['a missing port', first('PROXY TCP4 192.0.2.1 198.51.100.1 1')],
    ['another protocol', first('PROXY UDP4 192.0.2.1 198.51.100.1 1 2')],
    ['a line feed alone', Buffer.from(`PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n${' '.repeat(99)}`)],
    ['a line that is too long', first(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
    ['version 1 in version 2', second(0x11, 0x11, four)],
    ['an unknown command', second(0x22, 0x11, four)],
    ['a datagram', second(0x21, 0x12, four)],
    ['a socket of a file', second(0x21, 0x31, Buffer.alloc(216))],
    ['addresses that are cut', second(0x21, 0x11, four.subarray(1))],
    ['a length that lies', second(0x21, 0x21, four)],
    ['more than is taken', second(0x21, 0x11, four, 2049)],
  ])('%s', (_, bytes) => {
    expect(readOf(bytes)).toBe('bad')
  })

  test('whatever it is, without a throw, and decided within a bound', () => {
    const start = fc.constantFrom('', 'PROXY TCP4 ', 'PROXY TCP6 ::1 ', SIGNATURE)
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (begin, rest) => {
        const bytes = Buffer.concat([Buffer.from(begin, begin === SIGNATURE ? 'hex' : 'latin1'), rest])
        const header = readProxyHeader(bytes)
        if (header.is === 'read') expect(header.bytes).toBeLessThanOrEqual(bytes.length)
        const padded = Buffer.concat([bytes, Buffer.alloc(LONGEST_HEADER)])
        expect(readProxyHeader(padded).is).not.toBe('incomplete')
      }),
    )
  })

  test('an address is read as it was written', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 65_535 }), (address, port) => {
        const line = first(`PROXY TCP4 ${address} 198.51.100.1 ${port} 443`)
        expect(readOf(line)).toEqual([address, line.length])
      }),
    )
  })
})
