import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { done, type Exchange, type Finding, isRefused, type Result, refused, type Step } from '../../core/index.ts'
import type { BodyRule } from '../body-rule.ts'
import { bringsBody } from './content-type.ts'
import { refuseShape } from './problems.ts'

/** How far a compressed body may unpack. */
export type InflateBounds = {
  /** Bytes when unpacked. */
  readonly maxBytes: number
  /** Times its compressed size. */
  readonly maxRatio: number
}

const CODINGS = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
} as const

/** Small bodies of one repeated letter pack better than any ratio that is worth having. */
const ALWAYS = 16_384

/**
 * Takes bodies that are as they were written, or that are compressed once in a way that the route unpacks.
 *
 * Errors: `BODY_ENCODING_REFUSED`.
 */
export function encodingStep(unpacks: boolean): Step {
  return Object.freeze({
    name: 'content encoding',
    stage: 'input',
    apply: ({ request }: Exchange): Finding => {
      const encoding = request.header('content-encoding')
      if (encoding === undefined || isPlain(encoding) || !bringsBody(request)) return undefined
      if (unpacks && isCoding(encoding.toLowerCase())) return undefined
      return { is: 'deny', problem: refuseShape('BODY_ENCODING_REFUSED', { reason: encoding.slice(0, 64) }) }
    },
  })
}

/**
 * Unpacks bodies while they stay within bounds. What goes on is not compressed.
 *
 * Errors: `BODY_ENCODING_REFUSED`, `BODY_EXPANDS_TOO_FAR`.
 */
export function inflateRule(bounds: InflateBounds): BodyRule {
  return Object.freeze({
    name: 'inflate',
    unpacks: true,
    judge: (_, { bytes, encoding }) => {
      if (bytes.length === 0 || encoding === undefined || isPlain(encoding)) return { is: 'body', bytes }
      const unpacked = unpack(bytes, encoding, bounds)
      return isRefused(unpacked) ? { is: 'deny', problem: unpacked.problem } : { is: 'body', bytes: unpacked.value }
    },
  } satisfies BodyRule)
}

/** What is in a compressed body. Errors: `BODY_ENCODING_REFUSED`, `BODY_EXPANDS_TOO_FAR`. */
export function unpack(bytes: Buffer, encoding: string, { maxBytes, maxRatio }: InflateBounds): Result<Buffer> {
  const coding = encoding.toLowerCase()
  if (!isCoding(coding)) return refused(refuseShape('BODY_ENCODING_REFUSED', { reason: coding.slice(0, 64) }))
  const most = Math.min(maxBytes, Math.max(ALWAYS, bytes.length * maxRatio))
  try {
    return done(CODINGS[coding](bytes, { maxOutputLength: most }))
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    const code = isTooLarge ? 'BODY_EXPANDS_TOO_FAR' : 'BODY_ENCODING_REFUSED'
    return refused(refuseShape(code, { reason: isTooLarge ? `${bytes.length} bytes to over ${most}` : 'broken' }))
  }
}

function isPlain(encoding: string): boolean {
  return encoding.toLowerCase() === 'identity'
}

function isCoding(text: string): text is keyof typeof CODINGS {
  return Object.hasOwn(CODINGS, text)
}
