import type { Config, Route } from '../config/index.ts'
import type { Authenticator, Clock } from '../core/index.ts'
import {
  createProtectedResources,
  createTokenAuthenticator,
  createTokenPrincipals,
  foreignIssuers,
  ownIssuer,
  type ProtectedResources,
  type Revocations,
  type SigningKeys,
} from '../oauth/index.ts'
import { type Binding, createProofVerifier, createTokenVerifier, type TokenVerifier } from '../tokens/index.ts'

/** What believes access tokens in this process. */
export type Tokens = {
  readonly verifier: TokenVerifier
  /** The authenticator of a route that takes tokens, or null for one that does not. */
  readonly authenticatorOf: (route: TokenRoute) => Authenticator | null
  /** What the gateway tells about the APIs behind it. */
  readonly resources: ProtectedResources
}

export type TokenRoute = Pick<Route, 'id' | 'authenticate' | 'tokens' | 'require'>

/** The kinds of credential that are tokens, and how each must be bound. */
const BOUND: Readonly<Record<string, Binding | null>> = { jwt: null, dpop: 'dpop', mtls: 'mtls' }

/** Whether a name in a route's `authenticate` means an access token. */
export function isToken(name: string): boolean {
  return Object.hasOwn(BOUND, name)
}

/** Builds the one verifier of this process, and what routes ask of it. */
export function openTokens(deps: {
  config: Config
  clock: Clock
  signingKeys: SigningKeys
  revocations: Revocations
  onError: (error: unknown) => void
}): Tokens {
  const { config, clock, signingKeys, revocations, onError } = deps
  const { issuer, oauth } = config
  const verifier = createTokenVerifier({
    issuers: [ownIssuer({ issuer, signingKeys, clock }), ...foreignIssuers(oauth.issuers, { clock, onError })],
    revoked: revocations.isRevoked,
    accepted: revocations.acceptOnce,
    // A proof that was used here must not work on another node.
    verifyProof: createProofVerifier({ clock, accepted: revocations.acceptOnce }),
    clock,
  })
  const principalOf = createTokenPrincipals(issuer, oauth.issuers)
  const resources = createProtectedResources(config.gateway.routes.flatMap(toldOf), {
    issuer,
    foreignIssuers: oauth.issuers.map((it) => it.issuer),
    known: oauth.resources,
  })

  function authenticatorOf({ id, authenticate, tokens, require }: TokenRoute): Authenticator | null {
    const kinds = authenticate.filter(isToken)
    if (kinds.length === 0) return null
    // One kind that need not be bound makes the others say nothing.
    const bound = kinds.includes('jwt') ? [] : kinds.flatMap((kind) => BOUND[kind] ?? [])
    const told = { resourceMetadata: resources.addressFor(id), scopes: require.scopes }
    return createTokenAuthenticator({ verifier, principalOf }, { name: kinds.join(', '), ...tokens, bound, ...told })
  }

  return Object.freeze({ verifier, authenticatorOf, resources })
}

function toldOf({ id, authenticate, tokens, require }: TokenRoute) {
  const kinds = authenticate.filter(isToken)
  return kinds.length === 0 ? [] : [{ id, kinds, ...tokens, scopes: require.scopes }]
}
