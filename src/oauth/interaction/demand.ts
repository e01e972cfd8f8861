import { decodeJwt } from 'jose'
import type { OauthClient } from '../client/client.ts'
import { wantedLevel } from '../provider/level.ts'
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
  const { prompt, params, iat = 0 } = interaction
  const fresh = prompt.reasons.includes('login_prompt') || prompt.reasons.includes('max_age')
  return {
    prompt: prompt.name === 'consent' ? 'consent' : 'login',
    // A proof is stamped to the millisecond, a request to the second.
    provedSince: fresh ? iat * 1000 : 0,
    level: wantedLevel(params, client),
    subject: subjectIn(params),
  }
}

/** Who it has to be, by the name that the client knows them by. The library has verified the hint and the claims. */
function subjectIn({ id_token_hint: hint, claims }: Interaction['params']): string | null {
  if (typeof hint === 'string') return decodeJwt(hint).sub ?? null
  const wanted = typeof claims === 'string' ? JSON.parse(claims)?.id_token?.sub?.value : undefined
  return typeof wanted === 'string' ? wanted : null
}
