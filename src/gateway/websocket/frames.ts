/** Why frames cannot be passed on: the code that a closing frame says it with (RFC 6455, section 7.4.1). */
export type FrameFault = 1002 | 1009

/** Reads the heads of the frames that pass in one direction of a WebSocket. Nothing of what they carry is kept. */
export type Frames = {
  /** Looks at the next bytes. Answers why they must not be passed on, or null. */
  readonly look: (piece: Buffer) => FrameFault | null
  /** Whether what was passed on ends between two frames, so that another one may be put there. */
  readonly isBetween: () => boolean
  /** The code of the closing frame that passed: 1005 for one without a code, null for none yet. */
  readonly closing: () => number | null
}

const LONGEST_CONTROL = 125

/**
 * @param options.masked whether frames must be masked: those of clients are, those of servers never (RFC 6455, 5.1)
 * @param options.maxMessage bytes of one message, all of its frames together
 */
export function createFrames({
  masked,
  maxMessage,
}: {
  readonly masked: boolean
  readonly maxMessage: number
}): Frames {
  const head = Buffer.alloc(14)
  let filled = 0
  let needed = 2
  let left = 0
  let message = 0
  let fragmented = false
  let close: { readonly mask: Buffer; readonly bytes: number[] } | null = null
  let closing: number | null = null
  /** After a fault: what was so before the bytes that are not passed on. */
  let stuck: boolean | null = null

  const isBetween = () => stuck ?? (filled === 0 && left === 0)

  function look(piece: Buffer): FrameFault | null {
    const was = isBetween()
    const fault = scan(piece)
    if (fault !== null) stuck = was
    return fault
  }

  function scan(piece: Buffer): FrameFault | null {
    let at = 0
    while (at < piece.length) {
      if (left > 0) {
        const taken = Math.min(left, piece.length - at)
        note(piece, at, taken)
        left -= taken
        at += taken
        if (left === 0) endFrame()
        continue
      }
      // Nothing may follow a closing frame.
      if (closing !== null) return 1002
      head[filled++] = piece[at++] as number
      const fault = filled === 2 ? readStart() : null
      if (fault !== null) return fault
      if (filled < needed) continue
      const wrong = beginFrame()
      if (wrong !== null) return wrong
    }
    return null
  }

  function readStart(): FrameFault | null {
    const [first, second] = [head.readUInt8(0), head.readUInt8(1)]
    const opcode = first & 0x0f
    const final = (first & 0x80) !== 0
    // Reserved bits belong to extensions, and none is let through.
    if ((first & 0x70) !== 0 || (opcode > 2 && opcode < 8) || opcode > 10) return 1002
    if (((second & 0x80) !== 0) !== masked) return 1002
    const short = second & 0x7f
    if (opcode >= 8 && (!final || short > LONGEST_CONTROL)) return 1002
    if (opcode === 0 ? !fragmented : opcode < 8 && fragmented) return 1002
    needed = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (masked ? 4 : 0)
    return null
  }

  function beginFrame(): FrameFault | null {
    const short = head.readUInt8(1) & 0x7f
    const length = short === 126 ? head.readUInt16BE(2) : short === 127 ? Number(head.readBigUInt64BE(2)) : short
    // The shortest form only: two programs must not read two lengths (section 5.2).
    if ((short === 126 && length < 126) || (short === 127 && (length < 65_536 || length > 2 ** 53))) return 1002
    const opcode = head.readUInt8(0) & 0x0f
    if (opcode < 8) {
      message = opcode === 0 ? message + length : length
      if (message > maxMessage) return 1009
      fragmented = (head.readUInt8(0) & 0x80) === 0
    }
    if (opcode === 8 && length === 1) return 1002
    if (opcode === 8) close = { mask: Buffer.from(head.subarray(needed - 4, needed)), bytes: [] }
    filled = 0
    needed = 2
    left = length
    if (length === 0) endFrame()
    return null
  }

  function note(piece: Buffer, at: number, length: number): void {
    for (let i = at; close !== null && close.bytes.length < 2 && i < at + length; i++)
      close.bytes.push(piece[i] as number)
  }

  function endFrame(): void {
    if (close === null) return
    const [high, low] = close.bytes.map((byte, i) => (masked ? byte ^ (close?.mask[i] as number) : byte))
    closing = high === undefined || low === undefined ? 1005 : (high << 8) | low
    close = null
  }

  return Object.freeze({ look, isBetween, closing: () => closing })
}

/** A closing frame. Masked with zeros where it goes to a server: it hides nothing. */
export function closingFrame(code: number, masked: boolean): Buffer {
  const frame = Buffer.from([0x88, masked ? 0x82 : 0x02, ...(masked ? [0, 0, 0, 0] : []), 0, 0])
  frame.writeUInt16BE(code, frame.length - 2)
  return frame
}
