import type { TSchema } from 'typebox'
import { done, type Result, refused, Type } from '../core/index.ts'
import { examplesOf } from './example.ts'
import { refuseHttp } from './problems.ts'

/** One page of a list: the items and where the next page begins, or null at the end. */
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null }

const PAGE_SIZE = 20
// Whatever a list goes on after is written so. Text of other forms no database takes.
const POSITION = /^[\x21-\x7e]{1,256}$/
const Cursor = Type.String({
  minLength: 1,
  maxLength: 512,
  pattern: '^[A-Za-z0-9_-]+$',
  description: 'The `nextCursor` of the page before.',
})

/** `?limit=&cursor=` of every list: 20 items unless told, 100 at the most. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: PAGE_SIZE, description: 'Items in a page.' })),
  cursor: Type.Optional(Cursor),
}

/** The schema of a page of such items; the items' own examples are what its example shows. */
export function pageOf<T extends TSchema>(item: T) {
  return Type.Object(
    { items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) },
    { examples: [{ items: [...examplesOf(item)], nextCursor: null }] },
  )
}

type PageQuery = { readonly limit?: number | undefined; readonly cursor?: string | undefined }
type Part = { readonly before: string | null; readonly limit: number }

/**
 * Reads one page of a list that is ordered newest first by id: one item more than asked tells whether there is a next page.
 *
 * @param load the items before an id, or from the newest with null
 * @returns the page, or `CURSOR_INVALID`
 */
export async function readPage<T extends { readonly id: string }>(
  query: PageQuery,
  load: (part: Part) => Promise<readonly T[]>,
): Promise<Result<Page<T>>> {
  return readSearch(query, async ({ before, limit }) => {
    const found = await load({ before, limit: limit + 1 })
    const items = found.slice(0, limit)
    return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
  })
}

/**
 * Reads one page of a list that looks at a bounded number of rows for each page, and so knows itself where to go on.
 *
 * @param load the items before an id, or from the newest with null, and the id to go on before
 * @returns the page, or `CURSOR_INVALID`
 */
export async function readSearch<T>(
  query: PageQuery,
  load: (part: Part) => Promise<{ readonly items: readonly T[]; readonly next: string | null }>,
): Promise<Result<Page<T>>> {
  const position = query.cursor === undefined ? done(null) : decodeCursor(query.cursor)
  if (!position.ok) return position
  const { items, next } = await load({ before: position.value, limit: query.limit ?? PAGE_SIZE })
  return done({ items, nextCursor: next === null ? null : encodeCursor(next) })
}

// Opaque to callers, so that what a page continues after may change; not secret.
function encodeCursor(id: string): string {
  return Buffer.from(JSON.stringify([id])).toString('base64url')
}

function decodeCursor(cursor: string): Result<string> {
  const position = parsed(cursor)
  const [id] = Array.isArray(position) && position.length === 1 ? position : []
  return typeof id === 'string' && POSITION.test(id) ? done(id) : refused(refuseHttp('CURSOR_INVALID'))
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
