import type { webcrypto } from 'node:crypto'
import type * as Oidc from 'openid-client'

/** How a program is known to the authorization server. */
export type ClientIdentity = {
  /** The address of the authorization server, such as `https://id.example.com`. Plain HTTP only on this machine. */
  readonly issuer: string
  readonly clientId: string
  /** For a confidential client; sent in the `Authorization` header. A public client has none. */
  readonly clientSecret?: string
  /** For `private_key_jwt` (RFC 7523): a key that only this program has. */
  readonly privateKey?: webcrypto.CryptoKey
}

export type KnownServer = { readonly oidc: typeof Oidc; readonly config: Oidc.Configuration }

/** Finds the server's documents when they are first needed, once for all who ask. A failure is not remembered. */
export function createServerFinder(identity: ClientIdentity): () => Promise<KnownServer> {
  let finding: Promise<KnownServer> | null = null
  return () => {
    finding ??= find(identity).catch((error: unknown) => {
      finding = null
      throw error
    })
    return finding
  }
}

async function find(identity: ClientIdentity): Promise<KnownServer> {
  const oidc = await import('openid-client')
  const issuer = new URL(identity.issuer)
  const execute = isPlainLoopback(issuer) ? [oidc.allowInsecureRequests] : []
  const config = await oidc.discovery(issuer, identity.clientId, undefined, proofOf(oidc, identity), { execute })
  return { oidc, config }
}

function proofOf(oidc: typeof Oidc, { clientSecret, privateKey }: ClientIdentity): Oidc.ClientAuth {
  if (privateKey !== undefined) return oidc.PrivateKeyJwt(privateKey)
  return clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret)
}

function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}
