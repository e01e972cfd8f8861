/** One part of a form (RFC 7578). */
export type Part = {
  readonly name: string
  /** Of files, as it was sent. */
  readonly filename: string | null
  readonly type: string | null
  readonly bytes: Buffer
}

const MOST_PARTS = 100
const MOST_HEADERS = 2048
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/
const BLANK_LINE = Buffer.from('\r\n\r\n')
const LINE = Buffer.from('\r\n')

/**
 * Takes a form apart in the one way that all readers share: nothing before the first boundary or behind the last, no header
 * twice, no other headers than the standard's.
 *
 * @returns why not, when it is no such form
 */
export function partsOf(body: Buffer, boundary: string): readonly Part[] | string {
  if (!BOUNDARY.test(boundary)) return 'no boundary'
  const opening = Buffer.from(`--${boundary}`)
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  if (!body.subarray(0, opening.length).equals(opening)) return 'something before the first boundary'
  const parts: Part[] = []
  for (let at = opening.length; ; ) {
    if (isEnd(body, at)) return parts
    if (!startsWith(body, at, LINE)) return 'a broken boundary'
    const head = body.indexOf(BLANK_LINE, at)
    const next = body.indexOf(delimiter, at)
    if (head === -1 || next === -1 || next < head + 2 || head - at > MOST_HEADERS) return 'a part without its end'
    // A part without content shares its line end with the boundary.
    const start = Math.min(head + BLANK_LINE.length, next + LINE.length)
    const part = partOf(body.toString('utf8', at + 2, head), body.subarray(start, Math.max(start, next)))
    if (typeof part === 'string') return part
    parts.push(part)
    if (parts.length > MOST_PARTS) return `more than ${MOST_PARTS} parts`
    at = next + delimiter.length
  }
}

function startsWith(body: Buffer, at: number, start: Buffer): boolean {
  return body.subarray(at, at + start.length).equals(start)
}

function isEnd(body: Buffer, at: number): boolean {
  const rest = body.toString('latin1', at, at + 5)
  return rest === '--' || rest === '--\r\n'
}

function partOf(head: string, bytes: Buffer): Part | string {
  const headers = new Map<string, string>()
  for (const line of head.split('\r\n')) {
    const found = /^([A-Za-z-]{1,64}):[ \t]*([^\r\n\0]*)$/.exec(line)
    if (found === null) return 'a header that is none'
    const name = (found[1] as string).toLowerCase()
    if (headers.has(name) || !KNOWN.has(name)) return 'a header twice, or one that forms do not have'
    headers.set(name, (found[2] as string).trim())
  }
  if (/[^\s]/.test(headers.get('content-transfer-encoding') ?? '')) return 'a transfer encoding'
  const disposition = dispositionOf(headers.get('content-disposition') ?? '')
  if (disposition === null) return 'no name'
  return { ...disposition, type: headers.get('content-type') ?? null, bytes }
}

const KNOWN = new Set(['content-disposition', 'content-type', 'content-length', 'content-transfer-encoding'])

// `filename*` is what the standard forbids here, and what some readers prefer.
const DISPOSITION = /^form-data;[ \t]*name="([^"\\\p{Cc}]{1,256})"(?:;[ \t]*filename="([^"\\/\p{Cc}]{0,255})")?$/u

function dispositionOf(header: string): { name: string; filename: string | null } | null {
  const found = DISPOSITION.exec(header)
  if (found === null) return null
  return { name: found[1] as string, filename: found[2] ?? null }
}
