import type { Grants } from '../../access/index.ts'
import { type Caller, done, isId, type Result } from '../../core/index.ts'
import type { Keys } from '../../keys/index.ts'
import type { Clients } from '../../oauth/index.ts'

/** A service or a client of the authorization server: a program that does things in its own name. */
export type Program = {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly createdAt: number
} & Grants

type Part = { readonly before: string | null; readonly limit: number }

/** The programs of an organization, whatever registry they are in. */
export type Programs = {
  /** Errors: `SERVICE_UNKNOWN`, `CLIENT_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<Program>>
  /** Services, newest first, then clients, continuing before an id; `next` is the id to go on before. */
  readonly list: (
    part: Part,
    caller: Caller,
  ) => Promise<{ readonly items: readonly Program[]; readonly next: string | null }>
  /** Ids in their order, continuing after one. */
  readonly idsAfter: (organization: string, after: string, limit: number) => Promise<readonly string[]>
}

export type ProgramsDeps = {
  readonly keys: { readonly services: Pick<Keys['services'], 'get' | 'list' | 'idsAfter'> }
  readonly clients: Pick<Clients, 'get' | 'list' | 'idsAfter'>
}

export function createPrograms({ keys: { services }, clients }: ProgramsDeps): Programs {
  const get: Programs['get'] = async (id, caller) => {
    const found = isId('cli', id) ? await clients.get(id, caller) : await services.get(id, caller)
    return found.ok ? done(found.value) : found
  }

  const list: Programs['list'] = async ({ before, limit }, caller) => {
    const wanted = limit + 1
    const isAmongClients = before !== null && isId('cli', before)
    const first = isAmongClients ? [] : await services.list({ before, limit: wanted }, caller)
    const rest = { before: isAmongClients ? before : null, limit: wanted - first.length }
    const found = rest.limit === 0 ? first : [...first, ...(await clients.list(rest, caller))]
    const items = found.slice(0, limit)
    return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
  }

  // "cli_" sorts before "svc_".
  const idsAfter: Programs['idsAfter'] = async (organization, after, limit) => {
    const first = await clients.idsAfter(organization, after, limit)
    if (first.length === limit) return first
    return [...first, ...(await services.idsAfter(organization, after, limit - first.length))]
  }

  return Object.freeze({ get, list, idsAfter })
}
