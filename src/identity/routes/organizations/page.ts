import { isRefused, type Refused, type Result } from '../../../core/index.ts'
import { type Page, readPage, readSearch } from '../../../http/index.ts'

type Query = Parameters<typeof readSearch>[0]
type Part = { readonly before: string | null; readonly limit: number }
type Found<T> = { readonly items: readonly T[]; readonly next: string | null }

/** Reads a page of a list that may be refused as a whole, where the organization is not the caller's. */
export async function readRefusable<T extends { readonly id: string }>(
  query: Query,
  load: (part: Part) => Promise<Result<readonly T[]>>,
): Promise<Result<Page<T>>> {
  const refusals: Refused[] = []
  const page = await readPage(query, async (part) => kept(await load(part), refusals, []))
  return refusals[0] ?? page
}

/** The same for a list that knows itself where it goes on. */
export async function searchRefusable<T>(
  query: Query,
  load: (part: Part) => Promise<Result<Found<T>>>,
): Promise<Result<Page<T>>> {
  const refusals: Refused[] = []
  const page = await readSearch(query, async (part) => kept(await load(part), refusals, { items: [], next: null }))
  return refusals[0] ?? page
}

function kept<T>(result: Result<T>, refusals: Refused[], otherwise: T): T {
  if (!isRefused(result)) return result.value
  refusals.push(result)
  return otherwise
}
