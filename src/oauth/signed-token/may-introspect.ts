import type { OauthClient } from '../client/client.ts'

/** A token that somebody asks about: to whom it was issued, and whom it is for. */
export type AskedAbout = { readonly clientId: string | null; readonly audience: readonly string[] }

/**
 * Whether a client may ask about a token (RFC 7662, section 2.1): about its own; and where it proves who it is, about those
 * for APIs that it stands for. A token for no API is of use at `/oauth/userinfo` alone, which is nobody's but its client's.
 */
export function mayIntrospect(client: Pick<OauthClient, 'id' | 'kind' | 'resources'>, token: AskedAbout): boolean {
  if (token.clientId === client.id) return true
  if (client.kind !== 'confidential' || token.audience.length === 0) return false
  return client.resources.length === 0 || token.audience.some((audience) => client.resources.includes(audience))
}
