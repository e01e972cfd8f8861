import { LRUCache } from 'lru-cache'
import { type Clock, createId, type Principal } from '../core/index.ts'
import type { SigningKeys } from './signing-key/open.ts'

/** How long an upstream may believe one, in seconds. */
const LIFE = 60
/** A signed one is handed out again for this long, so that signing costs nothing per request. Milliseconds. */
const REUSED_FOR = 20_000
const REMEMBERED = 10_000

type Issued = { readonly principal: Principal; readonly token: string; readonly until: number }

/**
 * Makes the signed statement of who asks, for upstreams that want more than a plain header
 * (`X-Sallyport-Identity`, RFC 7519, type `sallyport-identity+jwt`). Verified with `/oauth/jwks`.
 *
 * @returns a function that answers at once while the last statement for the same principal is fresh
 */
export function createIdentityTokens(deps: {
  signingKeys: Pick<SigningKeys, 'current'>
  issuer: string
  clock: Clock
}) {
  const issued = new LRUCache<string, Issued>({ max: REMEMBERED })

  return (principal: Principal, audience: string): string | Promise<string> => {
    const name = `${audience} ${principal.credential?.id ?? principal.id}`
    const last = issued.get(name)
    // The principal itself is compared, so that changed scopes are never stated from memory.
    if (last !== undefined && last.principal === principal && last.until > deps.clock.now()) return last.token
    return sign(principal, audience).then((token) => {
      issued.set(name, { principal, token, until: deps.clock.now() + REUSED_FOR })
      return token
    })
  }

  async function sign(principal: Principal, audience: string): Promise<string> {
    const { id, algorithm, privateKey } = deps.signingKeys.current()
    const now = Math.floor(deps.clock.now() / 1000)
    const { SignJWT } = await import('jose')
    return new SignJWT(claimsOf(principal))
      .setProtectedHeader({ alg: algorithm, kid: id, typ: 'sallyport-identity+jwt' })
      .setIssuer(deps.issuer)
      .setSubject(principal.id)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + LIFE)
      .setJti(createId('req', deps.clock.now()))
      .sign(privateKey)
  }
}

function claimsOf({ kind, organization, scopes, permissions, credential }: Principal) {
  return {
    kind,
    ...(organization === null ? {} : { org: organization }),
    scope: scopes.join(' '),
    permissions,
    ...(credential === null ? {} : { cred: credential.id }),
  }
}
