import type { ControlApp } from '../../http/index.ts'
import type { ProvenToken } from '../../tokens/index.ts'
import { createOpaqueIntrospection } from './opaque.ts'
import { createRevokeTokens, type RevokeTokensDeps } from './revoke-tokens.ts'
import { tokenRoutes } from './routes.ts'
import { isSigned, type VerifyOwn } from './verify.ts'

/** What is known of access tokens of ours, for those in this process and for administrators. */
export type TokenAnswers = {
  /** What an opaque access token stands for; null for one that is no good. */
  readonly introspectOpaque: (token: string) => Promise<ProvenToken | null>
  readonly routes: (app: ControlApp) => Promise<void>
}

export function createTokenAnswers(
  deps: RevokeTokensDeps & Parameters<typeof createOpaqueIntrospection>[0] & { readonly verifyOwn: VerifyOwn },
): TokenAnswers {
  const introspectOpaque = createOpaqueIntrospection(deps)
  const revokeTokens = createRevokeTokens(deps)
  const claimsOf = async (token: string) =>
    isSigned(token) ? deps.verifyOwn(token) : ((await introspectOpaque(token))?.claims ?? null)
  return Object.freeze({
    introspectOpaque,
    routes: async (app: ControlApp) => tokenRoutes(app, { revokeTokens, claimsOf }),
  })
}
