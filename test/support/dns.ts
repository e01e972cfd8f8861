import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A DNS server that knows TXT records alone, over UDP (RFC 1035). */
export type DnsServer = {
  /** `127.0.0.1:PORT`, for `identity.dnsServers`. */
  readonly address: string
  /** Sets what a name says; none takes the name away. A text past 255 bytes goes out in several strings. */
  readonly set: (name: string, ...texts: readonly string[]) => void
  /** How it answers: as it knows, not at all, or that it failed (SERVFAIL). */
  readonly behave: (how: 'well' | 'silent' | 'failing') => void
  /** Every name that was asked for. */
  readonly asked: readonly string[]
  readonly close: () => Promise<void>
}

const TXT = 16
const IN = 1
const CODES = { well: 0, failing: 2, unknown: 3 } as const

export async function openDns(): Promise<DnsServer> {
  const socket = createSocket('udp4')
  const records = new Map<string, readonly string[]>()
  const asked: string[] = []
  let how: 'well' | 'silent' | 'failing' = 'well'
  socket.on('message', (message, from) => {
    const name = nameOf(message)
    asked.push(name)
    if (how === 'silent') return
    const texts = how === 'failing' ? [] : records.get(name)
    const code = how === 'failing' ? CODES.failing : texts === undefined ? CODES.unknown : CODES.well
    socket.send(answerTo(message, code, texts ?? []), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return Object.freeze({
    address: `127.0.0.1:${socket.address().port}`,
    set: (name: string, ...texts: readonly string[]) => {
      if (texts.length === 0) records.delete(name)
      else records.set(name, texts)
    },
    behave: (wanted: 'well' | 'silent' | 'failing') => {
      how = wanted
    },
    asked,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  })
}

/** The name of the one question, lower-case: who asks may vary its letters. */
function nameOf(message: Buffer): string {
  const labels: string[] = []
  for (let at = 12; (message[at] ?? 0) > 0; at += 1 + (message[at] as number)) {
    labels.push(message.toString('ascii', at + 1, at + 1 + (message[at] as number)))
  }
  return labels.join('.').toLowerCase()
}

function answerTo(message: Buffer, code: number, texts: readonly string[]): Buffer {
  const end = 12 + nameOf(message).length + 2 + 4
  const header = Buffer.alloc(12)
  message.copy(header, 0, 0, 2)
  // An answer, by who is in charge of the name; recursion as it was asked for.
  header.writeUInt16BE(0x8400 | (message.readUInt16BE(2) & 0x0100) | 0x0080 | code, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(texts.length, 6)
  return Buffer.concat([header, message.subarray(12, end), ...texts.map(recordOf)])
}

function recordOf(text: string): Buffer {
  const strings: Buffer[] = []
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255)
    strings.push(Buffer.from([part.length]), part)
  }
  const data = Buffer.concat(strings)
  const head = Buffer.alloc(12)
  // A pointer to the name of the question.
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(TXT, 2)
  head.writeUInt16BE(IN, 4)
  head.writeUInt32BE(0, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}
