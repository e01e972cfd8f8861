import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { DetailSettings } from '../provider/deps.ts'
import { type Detail, detailFault, isWithin } from './authorization-detail.ts'

type Carrier = { readonly rar?: readonly Detail[] | undefined }
type Issued = Carrier & { readonly resourceServer?: { readonly identifier: () => string } | undefined }

/**
 * Rich authorization requests (RFC 9396): what a request asks for in detail is of a type that is configured, is agreed to
 * each time, and is bound to what comes of that very request.
 */
export function richRequestsFeature(configured: readonly DetailSettings[]): Readonly<Record<string, unknown>> {
  const types = configured.map((settings) => [
    settings.type,
    {
      validate: (_ctx: unknown, detail: Detail) => {
        const fault = detailFault(settings, detail)
        if (fault !== null) throw new errors.InvalidAuthorizationDetails(fault)
      },
    },
  ])
  return {
    enabled: configured.length > 0,
    types: Object.fromEntries(types),
    authorizationDetailsForGrantSource: (ctx: KoaContextWithOIDC) => askedIn(ctx),
    authorizationDetailsForAccessToken: (ctx: KoaContextWithOIDC, token: Issued, source: Carrier | undefined) =>
      forToken(ctx, token, source),
    authorizationDetailsForIntrospection: (_ctx: unknown, token: Carrier) => token.rar,
  }
}

function askedIn({ oidc }: KoaContextWithOIDC): Detail[] | undefined {
  const text = oidc.params?.authorization_details
  return typeof text === 'string' ? JSON.parse(text) : undefined
}

// RFC 9396, section 6: the token endpoint may be asked for less than was agreed, never for more.
function forToken(ctx: KoaContextWithOIDC, token: Issued, source: Carrier | undefined): readonly Detail[] | undefined {
  const agreed = source?.rar ?? []
  const asked = askedIn(ctx) ?? agreed
  const beyond = asked.find((detail) => !agreed.some((it) => isWithin(detail, it)))
  if (beyond !== undefined) throw new errors.InvalidAuthorizationDetails('nobody agreed to these authorization details')
  const resource = token.resourceServer?.identifier()
  const here = asked.filter(({ locations }) => locations === undefined || locations.includes(resource ?? ''))
  return here.length === 0 ? undefined : here
}
