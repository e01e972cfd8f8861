import type Provider from 'oidc-provider'
import type { Store } from '../../store/index.ts'
import type { Revocations } from '../revocation/revocations.ts'
import { isSigned, type VerifyOwn } from '../signed-token/verify.ts'

/** Verifiers of tokens may be this far behind; milliseconds. */
const SKEW = 60_000

/**
 * Ends a token by whoever holds it: a signed one by itself, any other with all that was issued with it. What is no good
 * any more, or never was, is ended already (RFC 7009, section 2.2).
 */
export async function revokeHeld(
  deps: {
    readonly store: Store
    readonly revocations: Pick<Revocations, 'revoke'>
    readonly verifyOwn: VerifyOwn
    readonly provider: Provider
  },
  token: string,
): Promise<void> {
  const { store, revocations, provider } = deps
  if (isSigned(token)) {
    const claims = await deps.verifyOwn(token)
    if (claims?.id == null) return
    const entry = { kind: 'token', ref: claims.id, expiresAt: claims.expiresAt * 1000 + SKEW } as const
    await store.write((tx) => revocations.revoke(tx, entry))
    return
  }
  const found = (await provider.RefreshToken.find(token)) ?? (await provider.AccessToken.find(token))
  const grant = found?.grantId === undefined ? undefined : await provider.Grant.find(found.grantId)
  await (grant ?? found)?.destroy()
}
