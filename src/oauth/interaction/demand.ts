import type { OauthClient } from '../client/client.ts'
import { wantedLevel } from '../provider/policy.ts'
import type { Demand } from './settle.ts'

/** What the library keeps of an authorization request that waits for a person. Times are seconds. */
export type Interaction = {
  readonly iat?: number
  readonly prompt: { readonly name: string; readonly reasons: readonly string[] }
  readonly params: Readonly<Record<string, unknown>>
  readonly session?: { readonly accountId?: string } | undefined
}

/**
 * What an authorization request demands of the person. A fresh proof is one given after the request came: a client that
 * says `prompt=login` or a `max_age` that has passed wants to see somebody at the keyboard now.
 */
export function demandOf(interaction: Interaction, client: OauthClient | null): Demand {
  const { prompt, params, iat = 0, session } = interaction
  const fresh = prompt.reasons.includes('login_prompt') || prompt.reasons.includes('max_age')
  return {
    prompt: prompt.name === 'consent' ? 'consent' : 'login',
    // A proof is stamped to the millisecond, a request to the second.
    provedSince: fresh ? iat * 1000 : 0,
    level: wantedLevel(params.acr_values, client),
    personId: fresh ? (session?.accountId ?? null) : null,
  }
}
