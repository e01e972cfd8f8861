import { excessFaults, type Grants, grantFaults, missingPermissions, missingScopes } from '../../access/index.ts'
import { type Caller, type FieldError, organizationOf, type Problem } from '../../core/index.ts'
import { apiScopesOf, type ClientSettings, type OauthClient, TOKEN_EXCHANGE } from './client.ts'
import type { ClientDeps } from './deps.ts'
import { refuseClient } from './problems.ts'
import type { SettingsChange } from './settings.ts'

type Knowing = Pick<ClientDeps, 'access'>

const NOTHING: Grants = Object.freeze({ roles: [], scopes: [], permissions: [] })

/** Which roles, scopes and permissions that are said of a client of an organization there are not. */
export function unknownFaults({ access }: Knowing, said: Partial<Grants>, organization: string): FieldError[] {
  const { scopes, ...rest } = said
  const named = scopes === undefined ? rest : { ...rest, scopes: apiScopesOf(scopes) }
  return grantFaults(access, named, access.roleNamesOf(organization))
}

/**
 * Nobody gives a client what they do not hold. Whoever gets hold of a client that acts in its own name, by its proof or
 * by a grant that it did not have, acts with all that it holds: they must hold all of it.
 *
 * @param before null for a client that is not there yet
 * @param seized whether the caller gets a proof of the client with this
 */
export function exceededProblem(
  { access }: Knowing,
  before: ClientSettings | null,
  after: ClientSettings,
  seized: boolean,
  caller: Caller,
): Problem | null {
  const isWoken = actsAlone(after) && (seized || before === null || !actsAlone(before))
  const was = before === null || isWoken ? NOTHING : grantsOf(before)
  const look = (grants: Grants) => access.holdingOf(organizationOf(caller), grants)
  const errors = excessFaults(was, grantsOf(after), caller.principal, look)
  return errors.length === 0 ? null : refuseClient('CLIENT_GRANT_EXCEEDED', { errors })
}

/** Whether a change gives whoever makes it a proof of the client, or wakes what it holds. */
export function isSeizing(
  { authentication, kind, jwks, jwksUri, tlsSubject }: SettingsChange,
  wakes: boolean,
): boolean {
  return wakes || [authentication, kind, jwks, jwksUri, tlsSubject].some((value) => value !== undefined)
}

/** Whether a client may less in its own name than before: then what was signed of that says too much. */
export function isWeakened({ access }: Knowing, before: OauthClient, after: OauthClient): boolean {
  if (!actsAlone(before)) return false
  const look = (client: OauthClient) => access.holdingOf(client.organization, grantsOf(client))
  const [had, has] = [look(before), actsAlone(after) ? look(after) : NOTHING]
  const scopes = missingScopes(has.scopes, had.scopes)
  return scopes.length > 0 || missingPermissions(has.permissions, had.permissions).length > 0
}

function actsAlone({ grants }: ClientSettings): boolean {
  return grants.includes('client_credentials') || grants.includes(TOKEN_EXCHANGE)
}

function grantsOf({ roles, scopes, permissions }: ClientSettings): Grants {
  return { roles, scopes: apiScopesOf(scopes), permissions }
}
