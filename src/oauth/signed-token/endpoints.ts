import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Store } from '../../store/index.ts'
import type { OauthClient } from '../client/client.ts'
import { answerStructured } from '../provider/library.ts'
import type { Revocations } from '../revocation/revocations.ts'
import { introspectionOf } from './introspection.ts'
import { mayIntrospect } from './may-introspect.ts'
import { isSigned, type VerifyOwn } from './verify.ts'

export type SignedTokenDeps = {
  readonly store: Store
  readonly revocations: Pick<Revocations, 'revoke'>
  readonly verifyOwn: VerifyOwn
  readonly findClient: (id: string) => OauthClient | null | Promise<OauthClient | null>
}

/** Verifiers of tokens may be this far behind; milliseconds. */
const SKEW = 60_000
const INACTIVE = Object.freeze({ active: false })

/**
 * Answers at `/oauth/introspect` and `/oauth/revoke` about tokens that are signed and lie nowhere (RFC 7662, RFC 7009). The
 * library proves clients, reads parameters and signs answers where they are asked for (RFC 9701).
 */
export function answerAboutSigned(provider: Provider, deps: SignedTokenDeps): void {
  const { store, revocations, verifyOwn } = deps
  answerStructured(provider, 'introspection', { isOne: isSigned, answer: introspect })
  answerStructured(provider, 'revocation', { isOne: isSigned, answer: revoke })

  // Whatever is wrong with a token, and whoever may not ask, the answer is the same: it says nothing.
  async function introspect(ctx: KoaContextWithOIDC): Promise<void> {
    const [client, claims] = await askedIn(ctx)
    const may = client !== null && claims !== null && mayIntrospect(client, claims)
    ctx.body = may ? introspectionOf(claims) : { ...INACTIVE }
  }

  // RFC 7009, section 2.2: who revokes what is no good any more, or never was, has what they want.
  async function revoke(ctx: KoaContextWithOIDC): Promise<void> {
    const [client, claims] = await askedIn(ctx)
    const id = claims?.id ?? null
    if (client === null || claims === null || id === null || claims.clientId !== client.id) return
    const entry = { kind: 'token', ref: id, expiresAt: claims.expiresAt * 1000 + SKEW } as const
    const by = { principalKind: 'service', principal: client.id, organization: client.organization }
    await store.write((tx) => revocations.revoke(tx, entry, by))
  }

  async function askedIn({ oidc }: KoaContextWithOIDC) {
    const token = oidc.params?.token
    const client = oidc.client === undefined ? null : await deps.findClient(oidc.client.clientId)
    return [client, isSigned(token) ? await verifyOwn(token) : null] as const
  }
}
