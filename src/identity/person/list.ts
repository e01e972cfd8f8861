import { sql } from 'kysely'
import { type Caller, organizationOf } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { type MembershipRow, type PersonRow, type Tables, tablesOf } from '../tables.ts'
import type { Member } from './member.ts'
import { membershipOf, personOf } from './store.ts'

export const PERSON_STATUSES = ['active', 'disabled', 'locked', 'unverified'] as const
export type PersonStatus = (typeof PERSON_STATUSES)[number]

export type MemberFilter = {
  /** How the address begins, in any letter case. */
  readonly email?: string | undefined
  /** Found anywhere in the name, in any letter case as far as the database knows it. */
  readonly name?: string | undefined
  readonly status?: PersonStatus | undefined
}

export type MemberPart = { readonly before: string | null; readonly limit: number }

/** A part of a list. `next` is the id to go on before; null means that there is nothing more. */
export type MemberList = { readonly items: readonly Member[]; readonly next: string | null }

/** So many people are looked at for one page: what a filter without an index costs has a bound. */
const MOST_LOOKED_AT = 2000

/** People of the caller's organization; a page may hold fewer than asked for, or none, and still go on. */
export function createMemberList({ store, clock }: Pick<IdentityDeps, 'store' | 'clock'>) {
  return async (filter: MemberFilter, part: MemberPart, caller: Caller): Promise<MemberList> => {
    const db = tablesOf(store)
    const walk = walked(db, organizationOf(caller), part.before)
    const rows = await filtered(db, walk.limit(MOST_LOOKED_AT), organizationOf(caller), filter, clock.now())
      .orderBy('person.id', 'desc')
      .limit(part.limit + 1)
      .execute()
    const items = rows.slice(0, part.limit).map(memberOf)
    if (rows.length > part.limit) return { items, next: items.at(-1)?.person.id ?? null }
    const last = await walk
      .limit(1)
      .offset(MOST_LOOKED_AT - 1)
      .executeTakeFirst()
    return { items, next: last?.person_id ?? null }
  }
}

function walked(db: Tables, organization: string, before: string | null) {
  const members = db.selectFrom('membership').select('person_id').where('organization', '=', organization)
  return (before === null ? members : members.where('person_id', '<', before)).orderBy('person_id', 'desc')
}

type Walk = ReturnType<typeof walked>

function filtered(db: Tables, walk: Walk, organization: string, filter: MemberFilter, now: number) {
  const { email, name, status } = filter
  let query = db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .selectAll('person')
    .select(['membership.roles', 'membership.scopes', 'membership.permissions'])
    .select(['membership.created_at as member_since', 'membership.created_by as member_by'])
    .select('membership.version as member_version')
    .where('membership.organization', '=', organization)
    .where('membership.person_id', 'in', db.selectFrom(walk.as('walked')).select('walked.person_id'))
    .select(sql<string>`membership.organization`.as('member_of'))
  if (email !== undefined) {
    query = query.where(sql<boolean>`person.email_key like ${`${escaped(email)}%`} escape '\\'`)
  }
  if (name !== undefined) {
    query = query.where(sql<boolean>`lower(person.name) like ${`%${escaped(name)}%`} escape '\\'`)
  }
  if (status === 'disabled') return query.where('person.enabled', '=', 0)
  if (status === 'unverified') return query.where('person.verified_at', 'is', null)
  if (status === 'locked') return query.where('person.locked_until', '>', now)
  if (status !== 'active') return query
  return query
    .where('person.enabled', '=', 1)
    .where((row) => row.or([row('person.locked_until', 'is', null), row('person.locked_until', '<=', now)]))
}

function escaped(text: string): string {
  return text.toLowerCase().replace(/[\\%_]/g, '\\$&')
}

type Row = PersonRow &
  Pick<MembershipRow, 'roles' | 'scopes' | 'permissions'> & {
    member_of: string
    member_since: number
    member_by: string
    member_version: number
  }

function memberOf(row: Row): Member {
  const { roles, scopes, permissions } = row
  const membership = membershipOf({
    person_id: row.id,
    organization: row.member_of,
    roles,
    scopes,
    permissions,
    created_at: row.member_since,
    created_by: row.member_by,
    version: row.member_version,
  })
  return { person: personOf(row), membership }
}
