import { type Access, excessFaults, type Grants, grantFaults, holdingOf } from '../../access/index.ts'
import type { Caller, FieldError, Problem } from '../../core/index.ts'
import { apiScopesOf, type ClientSettings, TOKEN_EXCHANGE } from './client.ts'
import { refuseClient } from './problems.ts'
import type { SettingsChange } from './settings.ts'

const NOTHING: Grants = Object.freeze({ roles: [], scopes: [], permissions: [] })

/** Which roles, scopes and permissions that are said of a client there are not. */
export function unknownFaults(access: Pick<Access, 'scopeFault'>, said: Partial<Grants>): FieldError[] {
  const { scopes, ...rest } = said
  return grantFaults(access, scopes === undefined ? rest : { ...rest, scopes: apiScopesOf(scopes) })
}

/**
 * Nobody gives a client what they do not hold. Whoever gets hold of a client that acts in its own name, by its proof or
 * by a grant that it did not have, acts with all that it holds: they must hold all of it.
 *
 * @param before null for a client that is not there yet
 * @param seized whether the caller gets a proof of the client with this
 */
export function exceededProblem(
  before: ClientSettings | null,
  after: ClientSettings,
  seized: boolean,
  { principal }: Caller,
): Problem | null {
  const isWoken = actsAlone(after) && (seized || before === null || !actsAlone(before))
  const was = before === null || isWoken ? NOTHING : grantsOf(before)
  const errors = excessFaults(was, grantsOf(after), principal, holdingOf)
  return errors.length === 0 ? null : refuseClient('CLIENT_GRANT_EXCEEDED', { errors })
}

/** Whether a change gives whoever makes it a proof of the client, or wakes what it holds. */
export function isSeizing(
  { authentication, kind, jwks, jwksUri, tlsSubject }: SettingsChange,
  wakes: boolean,
): boolean {
  return wakes || [authentication, kind, jwks, jwksUri, tlsSubject].some((value) => value !== undefined)
}

function actsAlone({ grants }: ClientSettings): boolean {
  return grants.includes('client_credentials') || grants.includes(TOKEN_EXCHANGE)
}

function grantsOf({ roles, scopes, permissions }: ClientSettings): Grants {
  return { roles, scopes: apiScopesOf(scopes), permissions }
}
