export { type AccessToken, type AccessTokenClaims, createAccessTokens, formatsOf } from './access-tokens.ts'
export { type AuthorizationServer, openAuthorizationServer } from './authorization-server.ts'
export { createTokenAuthenticator, type TokenAuthenticatorDeps, type TokenDemands } from './bearer/authenticator.ts'
export { type ForeignIssuer, foreignIssuers, ownIssuer } from './bearer/issuers.ts'
export { createTokenPrincipals, type ForeignTrust, type TokenPrincipals } from './bearer/principal.ts'
export { withScopeChallenge } from './bearer/scope-challenge.ts'
export { CIBA, DEVICE_CODE, TOKEN_EXCHANGE } from './client/client.ts'
export { type Clients, createClients } from './client/clients.ts'
export { createPace, sweepStep } from './entity/sweep.ts'
export { oauthEvents } from './events.ts'
export type { TellSignInRequest } from './flow/sign-in-request.ts'
export { createIdentityTokens } from './identity.ts'
export { oauthMigrations } from './migrations/index.ts'
export type { ClientCertificate } from './mtls/certificate.ts'
export { oauthProblems } from './problems.ts'
export { createProtectedResources, type ProtectedResources } from './protected-resource/describe.ts'
export {
  REVOCATION_KINDS,
  type RevocableClaims,
  type RevocationEntry,
  type RevocationKind,
} from './revocation/revocation.ts'
export { createRevocations, type Revocations } from './revocation/revocations.ts'
export { oauthRoutes } from './routes.ts'
export { oauthRows } from './rows.ts'
export { createSignedMetadata } from './signed-metadata.ts'
export { openSigningKeys, type SigningKeys } from './signing-key/open.ts'
export type {
  PrivateKey,
  PublicKey,
  SigningAlgorithm,
  SigningKey,
  SigningKeyRecord,
  SigningKeySettings,
} from './signing-key/signing-key.ts'
