import { done, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'

/** Where a page begins: after these texts, or at the start with null. */
export type After = readonly string[] | null

export function cursorOf(texts: readonly string[]): string {
  return Buffer.from(JSON.stringify(texts)).toString('base64url')
}

/**
 * Reads the cursor of a list that goes on after texts.
 *
 * @param count how many texts there must be. Error: `CURSOR_INVALID`
 */
export function readCursor(cursor: string | null, count: number): Result<After> {
  if (cursor === null) return done(null)
  const texts = parsed(cursor)
  const isGood = Array.isArray(texts) && texts.length === count && texts.every(isText)
  return isGood ? done(texts) : refused(refuseHttp('CURSOR_INVALID'))
}

// What no database takes was never handed out.
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 256 && value.isWellFormed() && !/\p{Cc}/u.test(value)
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** By bytes, as both databases order text. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
