import type { Audit, SearchQuery } from '../../audit/index.ts'
import type { Event } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { Grant } from '../grant/grant.ts'
import { grantTables, readRunOut } from '../grant/store.ts'

/** Something that changed who may do what. Times are milliseconds. */
export type AccessChange = {
  readonly at: number
  readonly type: string
  /** The role, grant, person, service or client. */
  readonly resource: string | null
  /** Who did it; null for what ended by time. */
  readonly by: string | null
  readonly details: NonNullable<Event['details']>
}

export type AccessChanges = {
  readonly items: readonly AccessChange[]
  /** Whether there was no more between the two times than is told. */
  readonly complete: boolean
}

/** What changes who may do what, by the events that tell it. */
const TYPES = [
  'role.*',
  'grant.*',
  'user.granted',
  'user.created',
  'user.imported',
  'member.*',
  'service.created',
  'service.changed',
  'client.created',
  'client.updated',
  'client.deleted',
]
const MOST_OF_EACH = 500

/** All that changed who may do what between two times, oldest first: events, and grants whose time was over. */
export async function changesBetween(
  deps: { readonly store: Store; readonly audit: Pick<Audit, 'search'> },
  organization: string,
  since: number,
  until: number,
): Promise<AccessChanges> {
  const items: AccessChange[] = []
  let complete = true
  for (const type of TYPES) {
    const query: SearchQuery = { type, organization, since, until, limit: MOST_OF_EACH }
    const page = await deps.audit.search(query)
    if (!page.ok) throw new Error(page.problem.code)
    items.push(...page.value.items.map(changeOf))
    complete &&= page.value.nextCursor === null
  }
  const over = await readRunOut(grantTables(deps.store), organization, { since, until, limit: MOST_OF_EACH + 1 })
  items.push(...over.slice(0, MOST_OF_EACH).map(runOut))
  complete &&= over.length <= MOST_OF_EACH
  return { items: items.sort((a, b) => a.at - b.at), complete }
}

function changeOf({ at, type, resource, principal, details }: Event): AccessChange {
  return { at, type, resource, by: principal, details: details ?? {} }
}

// Nobody writes when a grant's time is over, so no event tells it.
function runOut({ id, principal, kind, name, until }: Grant): AccessChange {
  const details = { principal: principal.id, gives: `${kind} ${name}` }
  return { at: until ?? 0, type: 'grant.over', resource: id, by: null, details }
}
