import type { OauthClient } from '../client/client.ts'
import { servesPeopleOf } from '../client/serves.ts'

/** A token that somebody asks about: to whom it was issued, whom it is for, and in which organization it acts. */
export type AskedAbout = {
  readonly clientId: string | null
  readonly audience: readonly string[]
  readonly organization: string | null
}

type Asking = Pick<OauthClient, 'id' | 'kind' | 'resources' | 'organization'>

/**
 * Whether a client may ask about a token (RFC 7662, section 2.1): about its own; and where it proves who it is, about those
 * for APIs that it stands for, in organizations that it serves. A token for no API is of use at `/oauth/userinfo` alone, which is nobody's but its client's.
 */
export function mayIntrospect(client: Asking, token: AskedAbout): boolean {
  if (token.clientId === client.id) return true
  if (client.kind !== 'confidential' || token.audience.length === 0) return false
  if (token.organization === null || !servesPeopleOf(client, token.organization)) return false
  return client.resources.length === 0 || token.audience.some((audience) => client.resources.includes(audience))
}
