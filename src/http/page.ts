import Type, { type TSchema } from 'typebox'
import { type Result, done, refused } from '../core/index.ts'
import { refuseHttp } from './problems.ts'

/** One page of a list: the items and where the next page begins, or null at the end. */
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null }

export const Cursor = Type.String({ minLength: 1, maxLength: 512, pattern: '^[A-Za-z0-9_-]+$' })

/** `?limit=&cursor=` of every list: 20 items unless told, 100 at the most. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Items in a page.' })),
  cursor: Type.Optional(Cursor),
}

export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) })
}

/** Makes a cursor of the values that the next page continues after. Opaque to callers, not secret. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** Reads a cursor back; every value must be of the kind the list made it of. */
export function decodeCursor<K extends 'string' | 'number'>(
  cursor: string,
  kinds: readonly K[],
): Result<readonly (string | number)[]> {
  const position = parsed(cursor)
  const fits =
    Array.isArray(position) && position.length === kinds.length && position.every((value, i) => typeof value === kinds[i])
  return fits ? done(position) : refused(refuseHttp('CURSOR_INVALID'))
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
