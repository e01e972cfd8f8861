import type { Audit } from '../../audit/index.ts'
import {
  actorOf,
  type Caller,
  type Clock,
  createId,
  done,
  organizationOf,
  type Result,
  refused,
  type Secret,
} from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { refuseRegistration } from './problems.ts'
import { type RegistrationTokenRow, registrationTables } from './store.ts'
import { newRegistrationToken } from './token.ts'

/** What lets clients register (RFC 7591, section 3). Times are milliseconds. */
export type InitialToken = {
  readonly id: string
  readonly name: string | null
  readonly usesLeft: number
  readonly expiresAt: number
  readonly createdAt: number
  readonly createdBy: string
}

export type NewInitialToken = { readonly name: string | null; readonly uses: number; readonly lifetime: number }

export type InitialTokens = {
  readonly create: (
    wish: NewInitialToken,
    caller: Caller,
  ) => Promise<{ readonly token: InitialToken; readonly text: Secret }>
  readonly list: (
    part: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<InitialToken[]>
  /** Errors: `REGISTRATION_TOKEN_UNKNOWN`. */
  readonly revoke: (id: string, caller: Caller) => Promise<Result<null>>
}

export function createInitialTokens(deps: {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
}): InitialTokens {
  const { store, audit, clock } = deps

  const create: InitialTokens['create'] = ({ name, uses, lifetime }, caller) =>
    store.write(async (tx) => {
      const now = clock.now()
      const { text, digest } = newRegistrationToken('spr')
      const organization = organizationOf(caller)
      const by = { created_at: now, created_by: caller.principal.id }
      const row = {
        id: createId('rgt', now),
        organization,
        digest,
        name,
        uses_left: uses,
        expires_at: now + lifetime,
        ...by,
      }
      // What is over is of no use to anybody.
      await registrationTables(tx).deleteFrom('oauth_registration_token').where('expires_at', '<=', now).execute()
      await registrationTables(tx).insertInto('oauth_registration_token').values(row).execute()
      const event = {
        type: 'registration_token.created',
        outcome: 'success',
        resource: row.id,
        details: { uses },
      } as const
      await audit.append(tx, { ...actorOf(caller), organization, ...event })
      return { token: tokenOf(row), text }
    })

  const list: InitialTokens['list'] = async ({ before, limit }, caller) => {
    const all = registrationTables(store)
      .selectFrom('oauth_registration_token')
      .selectAll()
      .where('organization', '=', organizationOf(caller))
      .where('expires_at', '>', clock.now())
    const part = before === null ? all : all.where('id', '<', before)
    return (await part.orderBy('id', 'desc').limit(limit).execute()).map(tokenOf)
  }

  const revoke: InitialTokens['revoke'] = (id, caller) =>
    store.write(async (tx) => {
      const organization = organizationOf(caller)
      const { numDeletedRows } = await registrationTables(tx)
        .deleteFrom('oauth_registration_token')
        .where('id', '=', id)
        .where('organization', '=', organization)
        .executeTakeFirst()
      if (numDeletedRows !== 1n) return refused(refuseRegistration('REGISTRATION_TOKEN_UNKNOWN'))
      const event = { type: 'registration_token.revoked', outcome: 'success', resource: id } as const
      await audit.append(tx, { ...actorOf(caller), organization, ...event })
      return done(null)
    })

  return Object.freeze({ create, list, revoke })
}

function tokenOf(row: RegistrationTokenRow): InitialToken {
  const { id, name, uses_left, expires_at, created_at, created_by } = row
  return { id, name, usesLeft: uses_left, expiresAt: expires_at, createdAt: created_at, createdBy: created_by }
}
