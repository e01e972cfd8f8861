import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'

/** What the library keeps of an authorization request that waits. */
export type Kept = InstanceType<Provider['Interaction']>

/** The authorization request, or its client, is gone. */
export class InteractionLost extends Error {}

export type Answered = { readonly request: IncomingMessage; readonly response: ServerResponse }

/**
 * Finds the authorization request that waits at an address, for the browser that it came from and no other. The library's
 * own way wants the very session in which it came; ours may have ended and begun anew meanwhile.
 *
 * @throws InteractionLost where there is none
 */
export async function findInteraction(provider: Provider, uid: string, answered: Answered): Promise<Kept> {
  const { cookies } = provider.createContext(answered.request, answered.response)
  const shown = cookies.get(provider.cookieName('interaction'), { signed: true })
  const found = shown === uid ? await provider.Interaction.find(uid) : undefined
  if (found === undefined) throw new InteractionLost('there is no such request in this browser')
  return found
}
