import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { type Clock, createId, isId } from '../../core/index.ts'
import type { Limits } from '../../limits/index.ts'
import type { OauthClient } from '../client/client.ts'
import { FLOW_RULES, isWithinLimits } from './limits.ts'
import type { TellSignInRequest } from './sign-in-request.ts'

export type CibaDeps = {
  readonly clock: Clock
  readonly limits: Limits
  readonly recordOf: (client: Client | undefined) => OauthClient | null
  /** A member of an organization by the address that clients know; null for nobody. */
  readonly findPersonByHint: (hint: string, organization: string) => Promise<string | null>
  readonly tellSignInRequest: TellSignInRequest
}

const LONGEST_MESSAGE = 64
// Nobody is called anything else.
const HINT = /^[^\p{C}]{1,320}$/u
// What is shown beside what the client's page shows: plain words, nothing that turns or hides them.
const MESSAGE = /^[\p{L}\p{M}\p{N}\p{P}\p{Sc}\p{Sm} ]{1,64}$/u

/**
 * Sign-in from afar (OpenID Connect CIBA Core), in poll mode. A client names a person of its own organization, who
 * approves in a session of theirs. Whoever is nobody is asked all the same, and never answers: a client learns of nobody
 * who is there.
 */
export function cibaFeature(deps: CibaDeps) {
  return {
    enabled: true,
    deliveryModes: ['poll'],
    processLoginHint: (ctx: KoaContextWithOIDC, hint: string) => personOf(deps, ctx, hint),
    processLoginHintToken: async () => {
      throw new errors.InvalidRequest('login_hint_token is not supported')
    },
    verifyUserCode: async (ctx: KoaContextWithOIDC, account: { accountId: string }, code: string | undefined) => {
      if (code !== undefined) throw new errors.InvalidRequest('user_code is not supported')
      // Other hints were counted when they were read.
      if (ctx.oidc.params?.id_token_hint !== undefined) await count(deps, clientOf(deps, ctx), account.accountId)
    },
    validateBindingMessage: async (_ctx: unknown, message: string | undefined) => assertMessage(message),
    validateRequestContext: async (_ctx: unknown, context: string | undefined) => {
      if (context !== undefined) throw new errors.InvalidRequest('request_context is not supported')
    },
    triggerAuthenticationDevice: (_ctx: unknown, request: Waiting, account: { accountId: string }, client: Client) =>
      tell(deps, request, account.accountId, client),
  }
}

type Waiting = { readonly params?: { readonly binding_message?: string }; readonly expiration?: number }

async function personOf(deps: CibaDeps, ctx: KoaContextWithOIDC, hint: string): Promise<string> {
  const client = clientOf(deps, ctx)
  await count(deps, client, hint)
  const known = HINT.test(hint) ? await deps.findPersonByHint(hint, client.organization) : null
  return known ?? (isId('usr', hint) ? hint : createId('usr', deps.clock.now()))
}

function clientOf({ recordOf }: CibaDeps, { oidc }: KoaContextWithOIDC): OauthClient {
  const client = recordOf(oidc.client)
  if (client === null) throw new errors.InvalidClient('client not found')
  return client
}

// Counted by what is named, whoever that is: known and unknown people run into the same.
async function count({ limits }: CibaDeps, client: OauthClient, hint: string): Promise<void> {
  const allowed = await isWithinLimits(limits, [
    { rule: FLOW_RULES.signInRequestByClient, key: client.id },
    { rule: FLOW_RULES.signInRequestByPerson, key: `${client.id} ${hint.toLowerCase()}` },
  ])
  if (!allowed) throw new errors.CustomOIDCProviderError('slow_down', 'too many requests; wait before the next one')
}

function assertMessage(message: string | undefined): void {
  if (message === undefined || MESSAGE.test(message)) return
  throw new errors.InvalidBindingMessage(`binding_message must be 1 to ${LONGEST_MESSAGE} plain characters`)
}

async function tell(deps: CibaDeps, request: Waiting, personId: string, client: Client): Promise<void> {
  const record = deps.recordOf(client)
  if (record === null) return
  await deps.tellSignInRequest({
    personId,
    organization: record.organization,
    client: record.name,
    message: request.params?.binding_message ?? null,
    seconds: request.expiration ?? 0,
  })
}
