import type Provider from 'oidc-provider'
import type { TokenEndpointGrantContext } from 'oidc-provider'
import type { Audit } from '../../audit/index.ts'
import type { EventInput } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { wrapGrantType } from '../provider/library.ts'

type Deps = { readonly store: Store; readonly audit: Pick<Audit, 'append'> }

/** Whether a refusal says that something was used a second time; the library and what keeps for it have words each. */
export function isReuse(error: unknown): boolean {
  const { error: code, error_detail: detail = '' } = error as { error?: string; error_detail?: string }
  return code === 'invalid_grant' && /\balready (used|consumed)$/.test(detail)
}

/** Writes an Event for everything that is used up a second time (RFC 9700, section 4.14.2): somebody should look. */
export function tellReuse(provider: Provider, deps: Deps): void {
  for (const [grant, event] of [
    ['authorization_code', 'authorization_code.reused'],
    ['refresh_token', 'refresh_token.reused'],
  ] as const) {
    wrapGrantType(provider, grant, (own) => async (ctx) => {
      try {
        await own(ctx)
      } catch (error) {
        if (isReuse(error)) await tell(deps, ctx, event)
        throw error
      }
    })
  }
}

async function tell({ store, audit }: Deps, { oidc }: TokenEndpointGrantContext, type: string): Promise<void> {
  const { clientId } = oidc.client
  const subject = oidc.entities.RefreshToken?.accountId ?? null
  const event: EventInput = {
    principalKind: 'service',
    principal: clientId,
    type,
    outcome: 'denied',
    code: 'invalid_grant',
    resource: clientId,
    details: { client: clientId, subject },
  }
  await store.write((tx) => audit.append(tx, event))
}
