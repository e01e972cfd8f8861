import type Provider from 'oidc-provider'
import type { Client } from 'oidc-provider'
import type { Clock } from '../../core/index.ts'
import { createId } from '../../core/index.ts'
import type { LogoutNotice } from './notice.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

type IdToken = {
  mask: Readonly<Record<string, unknown>>
  readonly set: (claim: string, value: unknown) => void
  readonly issue: (how: { readonly use: 'logout' }) => Promise<string>
}
type MakeIdToken = new (
  claims: { readonly sub: string },
  of: { readonly client: Client; readonly ctx: undefined },
) => IdToken

/**
 * Signs a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4). It names the session always: without its name
 * a client would end all sessions of the person.
 */
export function logoutTokenOf(
  provider: Provider,
  client: Client,
  { sid, personId }: Pick<LogoutNotice, 'sid' | 'personId'>,
  clock: Clock,
): Promise<string> {
  const Made = provider.IdToken as unknown as MakeIdToken
  const token = new Made({ sub: personId }, { client, ctx: undefined })
  // What this client calls the person, if it has a name of its own for them.
  token.mask = { sub: null }
  token.set('sid', sid)
  token.set('jti', createId('tok', clock.now()))
  token.set('events', { [EVENT]: {} })
  return token.issue({ use: 'logout' })
}
