import type { X509Certificate } from 'node:crypto'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderDeps } from '../provider/deps.ts'
import { ENDPOINTS } from '../provider/routes-table.ts'
import { certificateNames, type NamedBy } from './certificate.ts'

type MtlsDeps = Pick<ProviderDeps, 'certificateOf' | 'mtlsAddress'>

/** Clients that prove themselves by a certificate, and tokens that are of use with it alone (RFC 8705). */
export function mtlsFeature({ certificateOf }: MtlsDeps) {
  const found = ({ req }: KoaContextWithOIDC) => certificateOf(req)
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: true,
    getCertificate: (ctx: KoaContextWithOIDC): X509Certificate | undefined => found(ctx)?.certificate,
    certificateAuthorized: (ctx: KoaContextWithOIDC) => found(ctx)?.vouchedFor === true,
    certificateSubjectMatches: (ctx: KoaContextWithOIDC, by: NamedBy, expected: string) => {
      const certificate = found(ctx)
      return certificate !== null && certificateNames(certificate, by, expected)
    },
  }
}

const ALIASED = {
  token_endpoint: ENDPOINTS.token,
  revocation_endpoint: ENDPOINTS.revocation,
  introspection_endpoint: ENDPOINTS.introspection,
  userinfo_endpoint: ENDPOINTS.userinfo,
  device_authorization_endpoint: ENDPOINTS.device_authorization,
  pushed_authorization_request_endpoint: ENDPOINTS.pushed_authorization_request,
  backchannel_authentication_endpoint: ENDPOINTS.backchannel_authentication,
} as const

/** Where clients with certificates go, if that is elsewhere (RFC 8705, section 5). */
export function mtlsAliases({ mtlsAddress }: Pick<MtlsDeps, 'mtlsAddress'>): Readonly<Record<string, object>> {
  if (mtlsAddress === null) return {}
  const aliases = Object.entries(ALIASED).map(([name, path]) => [name, new URL(path, mtlsAddress).href])
  return { mtls_endpoint_aliases: Object.fromEntries(aliases) }
}
