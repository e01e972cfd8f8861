import type Provider from 'oidc-provider'
import type { Box } from '../../secrets/index.ts'
import type { AuthorizationServerDeps } from '../authorization-server.ts'
import type { OauthClient } from '../client/client.ts'
import { addOwnSessionGrant } from '../direct/grant-type.ts'
import { addTokenExchange } from '../flow/exchange/grant-type.ts'
import { addServicePaseto } from '../flow/paseto.ts'
import { type ReplayDeps, replayAnswers } from '../refresh/replay.ts'
import { tellReuse } from '../refresh/reuse.ts'
import { followLogout } from '../session-end/follow-logout.ts'
import { answerAboutSigned } from '../signed-token/endpoints.ts'
import type { VerifyOwn } from '../signed-token/verify.ts'
import type { ProviderDeps } from './deps.ts'
import { createProvider } from './provider.ts'
import type { Shared } from './shared.ts'
import { tellProtocol } from './tell.ts'

export type Extras = Omit<AuthorizationServerDeps, 'clients'> &
  Pick<ProviderDeps, 'clients'> & {
    readonly box: Box
    readonly replay: ReplayDeps
    readonly word: Buffer
    readonly verifyOwn: VerifyOwn
    readonly findClient: (id: string) => Promise<OauthClient | null>
    readonly nudge: () => void
  }

/** The library's server, with what it leaves out, or does otherwise than we do. */
export function makeProtocol(deps: ProviderDeps, shared: Shared, extras: Extras): Provider {
  const provider = createProvider(deps, shared)
  tellProtocol(provider, extras)
  tellReuse(provider, extras)
  replayAnswers(provider, extras.replay)
  followLogout(provider, extras)
  answerAboutSigned(provider, extras)
  addTokenExchange(provider, extras)
  addServicePaseto(provider, extras)
  if (extras.settings.passwordTokens) addOwnSessionGrant(provider, extras)
  return provider
}
