import { DEFAULT_ORGANIZATION } from '../../core/index.ts'
import type { OauthClient } from './client.ts'

/**
 * Whether people who act in an organization may sign in to a client: in its own alone. Clients of the first organization,
 * whose administrators run all of this, are everybody's.
 */
export function servesPeopleOf(client: Pick<OauthClient, 'organization'>, organization: string): boolean {
  return client.organization === organization || client.organization === DEFAULT_ORGANIZATION
}
