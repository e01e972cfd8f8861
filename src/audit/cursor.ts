import { done, type Result, refused } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'

/** Where a page of events ends: newest first, and within a millisecond by place. */
export type Position = { readonly at: number; readonly place: number }

export function encodeCursor({ at, place }: Position): string {
  return Buffer.from(`${at}.${place}`).toString('base64url')
}

/** @returns `CURSOR_INVALID` when the text was not handed out here */
export function decodeCursor(cursor: string): Result<Position> {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  const position = { at: Number(match?.[1]), place: Number(match?.[2]) }
  return match !== null && encodeCursor(position) === cursor ? done(position) : refused(refuseHttp('CURSOR_INVALID'))
}
