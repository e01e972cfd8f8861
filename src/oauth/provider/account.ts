import type { Account, Client, KoaContextWithOIDC } from 'oidc-provider'
import { holdingOf } from '../../access/index.ts'
import type { OauthClient } from '../client/client.ts'
import { servesPeopleOf } from '../client/serves.ts'
import { entityDigest } from '../entity/entity.ts'
import { entitiesOf } from '../entity/store.ts'
import type { AccountFacts, ProviderDeps } from './deps.ts'
import { currentSession } from './own-session.ts'

/** Which claims belong to which scope (OpenID Connect Core, section 5.4); `roles` and `permissions` are ours. */
export const CLAIMS = {
  openid: ['sub', 'org', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'given_name', 'family_name', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  roles: ['roles'],
  permissions: ['permissions'],
  mfa_verified: null,
  iss: null,
  sid: null,
}

/** A person as the library knows them, and what they may where they act. */
export type KnownAccount = Account & { readonly organization: string; readonly facts: AccountFacts }

// Clients that ask somebody from afar learn of nobody who is there: nobody is asked like somebody, and never answers.
const NOBODY: AccountFacts = Object.freeze({ claims: {}, grants: { roles: [], scopes: [], permissions: [] } })

function isAskedFromAfar({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.route === 'backchannel_authentication'
}

/** What a person is asked about by: a code, a token. `acr` is how well they proved themselves when it was made. */
type Source = {
  readonly grantId?: string | undefined
  readonly acr?: unknown
  readonly extra?: { readonly acr?: unknown } | undefined
}

// The library tells each only to who was granted its scope, or asked for it by name.
function claimsOf({ claims, grants }: AccountFacts, source: Source | undefined) {
  const acr = source?.acr ?? source?.extra?.acr ?? currentSession()?.assurance.acr
  const proved = typeof acr === 'string' ? { mfa_verified: acr !== 'aal1' } : {}
  return { ...claims, ...proved, roles: grants.roles, permissions: holdingOf(grants).permissions }
}

/**
 * Finds people for the library, in the organization that they act in: that of their session, or that in which they
 * agreed. Who may not come in any more is nobody, so what they hold is of no use from then on.
 */
export function createAccounts(
  deps: Pick<ProviderDeps, 'store' | 'accountOf'> & {
    readonly recordOf: (client: Client | undefined) => OauthClient | null
  },
) {
  async function findAccount(
    ctx: KoaContextWithOIDC,
    personId: string,
    source?: Source,
  ): Promise<KnownAccount | undefined> {
    const organization = await organizationOf(ctx, personId, source?.grantId)
    const client = deps.recordOf(ctx.oidc.client)
    if (organization !== null && client !== null && !servesPeopleOf(client, organization)) return undefined
    const found = organization === null ? null : await deps.accountOf(personId, organization)
    const facts = found ?? (isAskedFromAfar(ctx) ? NOBODY : null)
    if (facts === null || organization === null) return undefined
    return {
      accountId: personId,
      organization,
      facts,
      claims: async () => ({ ...claimsOf(facts, source), sub: personId, org: organization }),
    }
  }

  async function organizationOf(
    ctx: KoaContextWithOIDC,
    personId: string,
    grantId: string | undefined,
  ): Promise<string | null> {
    if (grantId !== undefined) return organizationOfGrant(grantId)
    if (isAskedFromAfar(ctx)) return deps.recordOf(ctx.oidc.client)?.organization ?? null
    const own = currentSession()
    return own?.personId === personId ? own.organization : null
  }

  /** Where a person was when they agreed. */
  async function organizationOfGrant(grantId: string): Promise<string | null> {
    const row = await entitiesOf(deps.store)
      .selectFrom('oauth_entity')
      .select('organization')
      .where('digest', '=', entityDigest('Grant', grantId))
      .executeTakeFirst()
    return row?.organization ?? null
  }

  return { findAccount, organizationOfGrant }
}
