import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Asked } from '../consent/consent.ts'

/** Claims that say how somebody signed in: nobody is asked for them. */
const OF_THE_SIGN_IN: ReadonlySet<string> = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss'])

/** All that an authorization request asks for, as far as it can be granted: scopes of APIs are bounded already (row O8). */
export function askedIn({ oidc }: KoaContextWithOIDC): Asked {
  const wanted = [...oidc.requestParamScopes]
  const resources = Object.entries(oidc.resourceServers ?? {}).map(([id, { scopes }]) => [
    id,
    wanted.filter((scope) => scopes.has(scope)),
  ])
  return {
    scopes: [...oidc.requestParamOIDCScopes],
    claims: [...oidc.requestParamClaims].filter((claim) => !OF_THE_SIGN_IN.has(claim)),
    resources: Object.fromEntries(resources),
    details: detailsIn(oidc.params?.authorization_details),
  }
}

// The library has checked the form of the parameter.
function detailsIn(text: unknown): Asked['details'] {
  return typeof text === 'string' ? JSON.parse(text) : []
}
