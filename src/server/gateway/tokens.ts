import { randomBytes } from 'node:crypto'
import type { Config, Route } from '../../config/index.ts'
import type { Authenticator, Clock } from '../../core/index.ts'
import {
  createProtectedResources,
  createTokenAuthenticator,
  createTokenPrincipals,
  foreignIssuers,
  ownIssuer,
  type ProtectedResources,
  type Revocations,
  type SigningKeys,
  type TokenPrincipals,
} from '../../oauth/index.ts'
import type { Secrets } from '../../secrets/index.ts'
import {
  type Binding,
  createProofNonces,
  createProofVerifier,
  createTokenVerifier,
  type ProvenToken,
  refuseToken,
  type TokenVerifier,
} from '../../tokens/index.ts'

/** What believes access tokens in this process. */
export type Tokens = {
  readonly verifier: TokenVerifier
  /** What these routes ask of tokens: made once for a configuration. */
  readonly ofRoutes: (routes: readonly TokenRoute[]) => RouteTokens
  /** What the token said that a principal is known by. */
  readonly claimsOf: TokenPrincipals['claimsOf']
}

export type RouteTokens = {
  /** The authenticator of a route that takes tokens, or null for one that does not. */
  readonly authenticatorOf: (route: TokenRoute) => Authenticator | null
  /** What the gateway tells about the APIs behind the routes. */
  readonly resources: ProtectedResources
}

export type TokenRoute = Pick<Route, 'id' | 'authenticate' | 'tokens'> & {
  readonly require: Pick<Route['require'], 'scopes'>
}

/** The kinds of credential that are tokens, and how each must be bound. */
const BOUND: Readonly<Record<string, Binding | null>> = { jwt: null, opaque: null, dpop: 'dpop', mtls: 'mtls' }

/** Whether a name in a route's `authenticate` means an access token. */
export function isToken(name: string): boolean {
  return Object.hasOwn(BOUND, name)
}

type TokenDeps = {
  config: Config
  secrets: Pick<Secrets, 'keep'>
  clock: Clock
  signingKeys: SigningKeys
  revocations: Revocations
  /** What an opaque token of ours stands for; null for one that is no good. */
  introspect: (token: string) => Promise<ProvenToken | null>
  onError: (error: unknown) => void
}

/** Builds the one verifier of this process, and what routes ask of it. */
export async function openTokens(deps: TokenDeps): Promise<Tokens> {
  const { config, clock, signingKeys, revocations, introspect, onError } = deps
  const { issuer, oauth } = config
  const verifier = createTokenVerifier({
    issuers: [ownIssuer({ issuer, signingKeys, clock }), ...foreignIssuers(oauth.issuers, { clock, onError })],
    revoked: revocations.isRevoked,
    accepted: revocations.acceptOnce,
    // A proof that was used here must not work on another node.
    verifyProof: createProofVerifier({ clock, accepted: revocations.acceptOnce, ...(await noncesOf(deps)) }),
    clock,
  })
  const principals = createTokenPrincipals(issuer, oauth.issuers)
  const facts = { issuer, foreignIssuers: oauth.issuers.map((it) => it.issuer), known: oauth.resources }

  function ofRoutes(routes: readonly TokenRoute[]): RouteTokens {
    const resources = createProtectedResources(routes.flatMap(toldOf), facts)
    return Object.freeze({ authenticatorOf: (route: TokenRoute) => authenticatorOf(route, resources), resources })
  }

  function authenticatorOf(route: TokenRoute, resources: ProtectedResources): Authenticator | null {
    const { id, authenticate, tokens, require } = route
    const kinds = authenticate.filter(isToken)
    if (kinds.length === 0) return null
    // One kind that need not be bound makes the others say nothing.
    const bound = kinds.some((kind) => BOUND[kind] === null) ? [] : kinds.flatMap((kind) => BOUND[kind] ?? [])
    const told = { resourceMetadata: resources.addressFor(id), scopes: require.scopes }
    const demands = { name: kinds.join(', '), ...tokens, bound, ...told }
    return createTokenAuthenticator({ principalOf: principals.of, ...askedOf(kinds) }, demands)
  }

  function askedOf(kinds: readonly string[]) {
    const signed = kinds.some((kind) => kind !== 'opaque')
    return {
      verifier: signed ? verifier : { ...verifier, verify: refuseSigned },
      ...(kinds.includes('opaque') ? { introspect } : {}),
    }
  }

  return Object.freeze({ verifier, ofRoutes, claimsOf: principals.claimsOf })
}

// Those of the authorization server are made of another secret: what is good at one place says nothing at the other.
async function noncesOf({ config, secrets, clock }: Pick<TokenDeps, 'config' | 'secrets' | 'clock'>) {
  if (config.oauth.dpopNonces !== 'everywhere') return {}
  const secret = await secrets.keep('tokens.nonces', () => randomBytes(32))
  return { nonce: createProofNonces({ clock, secret: secret.reveal() }) }
}

function toldOf({ id, authenticate, tokens, require }: TokenRoute) {
  const kinds = authenticate.filter(isToken)
  return kinds.length === 0 ? [] : [{ id, kinds, ...tokens, scopes: require.scopes }]
}

// Where only opaque tokens are taken, nobody has to see what is signed.
const refuseSigned: TokenVerifier['verify'] = () => ({
  ok: false,
  problem: refuseToken('TOKEN_TYPE', { reason: 'signed tokens are not taken here' }),
  token: null,
})
