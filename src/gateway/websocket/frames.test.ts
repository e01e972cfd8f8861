import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closingFrame, createFrames } from './frames.ts'

/** One frame, as a client (masked) or a server sends it. */
function frame(opcode: number, payload: Buffer, { masked = false, fin = true } = {}): Buffer {
  const { length } = payload
  const short = length < 126 ? length : length < 65_536 ? 126 : 127
  const head = Buffer.from([(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | short])
  const long = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0)
  if (short === 126) long.writeUInt16BE(length)
  if (short === 127) long.writeBigUInt64BE(BigInt(length))
  const mask = masked ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0)
  const body = masked ? Buffer.from(payload.map((byte, i) => byte ^ (mask[i % 4] as number))) : payload
  return Buffer.concat([head, long, mask, body])
}

const lookAt = (bytes: Buffer, masked = false, maxMessage = 1000) => createFrames({ masked, maxMessage }).look(bytes)
const text = Buffer.from('hello')

describe('frames that are passed on:', () => {
  test.each([
    ['a text', frame(1, text)],
    ['nothing', frame(2, Buffer.alloc(0))],
    ['one of the longest with a short length', frame(2, Buffer.alloc(125))],
    ['one of the shortest with a longer one', frame(2, Buffer.alloc(126))],
    [
      'a message in parts with a ping between',
      Buffer.concat([frame(1, text, { fin: false }), frame(9, text), frame(0, text)]),
    ],
    ['a closing frame without a code', frame(8, Buffer.alloc(0))],
  ])('%s', (_, bytes) => expect(lookAt(bytes)).toBe(null))

  test('of any sizes, in pieces of any sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(70_000), { maxLength: 4 }),
        fc.array(fc.nat(5000), { minLength: 1 }),
        fc.boolean(),
        (sizes, cuts, masked) => {
          const bytes = Buffer.concat(sizes.map((length) => frame(2, Buffer.alloc(length, 7), { masked })))
          const frames = createFrames({ masked, maxMessage: 70_000 })
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const next = at + 1 + (cuts[i % cuts.length] as number)
            expect(frames.look(bytes.subarray(at, next))).toBe(null)
            at = next
          }
          expect(frames.isBetween()).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a closing frame tells its code, masked too', () => {
    for (const masked of [true, false]) {
      const frames = createFrames({ masked, maxMessage: 10 })
      expect(frames.closing()).toBe(null)
      expect(frames.look(frame(8, Buffer.from([0x0f, 0xa1, 0x61]), { masked }))).toBe(null)
      expect(frames.closing()).toBe(4001)
    }
    expect(lookAt(closingFrame(1001, true), true)).toBe(null)
    expect(closingFrame(1001, false)).toEqual(Buffer.from([0x88, 2, 3, 0xe9]))
  })
})

describe('frames that are not:', () => {
  const long = (length: bigint) => {
    const head = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0])
    head.writeBigUInt64BE(length, 2)
    return head
  }
  test.each([
    ['a masked one of a server', frame(1, text, { masked: true }), 1002],
    ['a reserved bit', Buffer.from([0xc1, 0]), 1002],
    ['an unknown kind', Buffer.from([0x83, 0]), 1002],
    ['an unknown control', Buffer.from([0x8b, 0]), 1002],
    ['a control in parts', Buffer.from([0x09, 0]), 1002],
    ['a long control', Buffer.from([0x89, 126, 0, 200]), 1002],
    ['a part of nothing', frame(0, text), 1002],
    ['a message within a message', Buffer.concat([frame(1, text, { fin: false }), frame(1, text)]), 1002],
    ['a length that is longer than it has to be', Buffer.from([0x82, 126, 0, 5]), 1002],
    ['a long length that is', long(65_535n), 1002],
    ['a length without bounds', long(2n ** 63n), 1002],
    ['a closing frame with half a code', Buffer.from([0x88, 1, 3]), 1002],
    ['anything after a closing frame', Buffer.concat([closingFrame(1000, false), frame(1, text)]), 1002],
    ['a message that is too long', frame(1, Buffer.alloc(1001)), 1009],
    [
      'parts that are too long together',
      Buffer.concat([frame(1, Buffer.alloc(600), { fin: false }), frame(0, Buffer.alloc(600))]),
      1009,
    ],
  ])('%s', (_, bytes, fault) => expect(lookAt(bytes)).toBe(fault))

  test('one of a client that is not masked', () => expect(lookAt(frame(1, text), true)).toBe(1002))

  test('whatever comes, without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, masked) => {
        const fault = lookAt(Buffer.from(bytes), masked)
        expect([null, 1002, 1009]).toContain(fault)
      }),
    )
  })
})
