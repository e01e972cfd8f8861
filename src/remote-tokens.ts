import type { Authenticator, Clock } from './core/index.ts'
import type { Taken } from './credentials.ts'
import type { Link } from './middleware/index.ts'
import { createTokenAuthenticator, createTokenPrincipals, foreignIssuers } from './oauth/index.ts'
import {
  type Binding,
  createProofMemory,
  createProofVerifier,
  createTokenVerifier,
  type Expectation,
  type Issuer,
  type ProvenToken,
  readClaims,
  refuseToken,
  type TokenAnswer,
  type TokenVerifier,
} from './tokens/index.ts'

/** Says what of a server's credentials an application elsewhere cannot know. @throws TypeError with a sentence */
export function refuseDistant({ authenticate, tokens }: Taken): void {
  if (authenticate.includes('session')) {
    throw new TypeError(
      'authenticate has "session": only the server itself knows its sessions. Use embedded, or the gateway',
    )
  }
  if (tokens.once) throw new TypeError('tokens.once needs the memory of the server. Use embedded, or the gateway')
  if (authenticate.every((kind) => kind === 'apiKey') || tokens.issuers?.length === 1) return
  throw new TypeError(
    'tokens.issuers must name the server itself, as its tokens carry it in "iss": those of others it does not tell about',
  )
}

/**
 * The authenticator of a server's access tokens, elsewhere. A signed token is proved with the keys that the server publishes, and
 * then the server is asked whether it is still good: nobody else knows what was revoked. An opaque token it is asked about at once.
 *
 * @param deps.url of the server's control plane
 * @returns null where no tokens are taken
 */
export function createDistantTokens(
  { authenticate, tokens }: Taken,
  deps: { link: Pick<Link, 'post'>; url: URL; clock: Clock; onError: (error: unknown) => void },
): Authenticator | null {
  const kinds = authenticate.filter((kind) => kind !== 'apiKey')
  const [name] = tokens.issuers ?? []
  if (kinds.length === 0 || name === undefined) return null
  const issuer = issuerAt(name, deps)
  const verifier = verifierOf(issuer, deps)
  const signed = kinds.some((kind) => kind !== 'opaque')
  return createTokenAuthenticator(
    {
      verifier: signed ? verifier : { ...verifier, verify: refuseSigned },
      principalOf: createTokenPrincipals(name, []).of,
      ...(kinds.includes('opaque') ? { introspect: (text: string) => introspect(text, issuer, deps.link) } : {}),
    },
    { name: kinds.join(', '), ...tokens, bound: boundOf(kinds) },
  )
}

// One kind that need not be bound makes the others say nothing.
function boundOf(kinds: Taken['authenticate']): readonly Binding[] {
  return kinds.every((kind) => kind === 'dpop' || kind === 'mtls') ? kinds : []
}

// All that a server can sign with, whichever it uses now.
const SIGNS_WITH = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const

function issuerAt(
  name: string,
  { url, clock, onError }: { url: URL; clock: Clock; onError: (error: unknown) => void },
) {
  const jwksUri = `${url.href.replace(/\/+$/, '')}/oauth/jwks`
  const trust = { subjectKind: 'service', organization: '', permissions: [] } as const
  const own = { issuer: name, jwksUri, audiences: [name], algorithms: SIGNS_WITH, types: [], ...trust }
  return foreignIssuers([own], { clock, onError })[0] as Issuer
}

function verifierOf(issuer: Issuer, { link, clock }: { link: Pick<Link, 'post'>; clock: Clock }): TokenVerifier {
  const verifyProof = createProofVerifier({ clock, accepted: createProofMemory({ clock }) })
  const { verify, judge } = createTokenVerifier({ issuers: [issuer], verifyProof, clock })
  return Object.freeze({
    judge,
    verify: async (text: string, expected: Expectation): Promise<TokenAnswer> => {
      const answer = await verify(text, expected)
      if (!answer.ok || (await claimsAt(link, text)) !== null) return answer
      return {
        ok: false,
        problem: refuseToken('TOKEN_REVOKED', { reason: 'not good at the server' }),
        token: answer.value,
      }
    },
  } satisfies TokenVerifier)
}

const refuseSigned: TokenVerifier['verify'] = () => ({
  ok: false,
  problem: refuseToken('TOKEN_TYPE', { reason: 'signed tokens are not taken here' }),
  token: null,
})

const HEADER = Object.freeze({ alg: 'opaque', kid: null, typ: 'at+jwt' })

async function introspect(text: string, issuer: Issuer, link: Pick<Link, 'post'>): Promise<ProvenToken | null> {
  const claims = readClaims((await claimsAt(link, text)) ?? {})
  if (typeof claims === 'string' || claims.issuer !== issuer.issuer) return null
  return Object.freeze({ text, header: HEADER, claims, issuer })
}

/** What the server says of a token; null for one that is not good. @throws when it does not answer */
async function claimsAt(link: Pick<Link, 'post'>, token: string): Promise<Readonly<Record<string, unknown>> | null> {
  const answer = await link.post('/v1/tokens/inspect', { token })
  if (typeof answer !== 'object' || answer === null || !('active' in answer)) throw new Error('the server said nothing')
  const { active, claims } = answer as { active: unknown; claims?: Readonly<Record<string, unknown>> }
  return active === true ? (claims ?? null) : null
}
