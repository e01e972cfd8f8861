import type { ClientSettings, OauthClient } from './client.ts'
import { usesSecret } from './client.ts'

/** A client as RFC 7591, section 2, and oidc-provider write it. Absent members are left out. */
export type ClientMetadata = Readonly<Record<string, unknown>>

/**
 * Stands where the library wants to see a secret. Only digests are kept, so there is none to show: who compares
 * with this compares wrongly, and nobody can send it, since it is no secret of ours by its form.
 */
export const UNKNOWN_SECRET = 'kept-as-a-digest-and-compared-by-check-secret'

/**
 * A client as oidc-provider reads it (OpenID Connect Dynamic Client Registration, section 2).
 *
 * @param known the scopes that the library knows; others it would refuse. All when left out
 * @example metadataOf(client).token_endpoint_auth_method // 'private_key_jwt'
 */
export function metadataOf(client: OauthClient, known?: ReadonlySet<string>): ClientMetadata {
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(client.createdAt / 1000),
    ...(usesSecret(client) ? { client_secret: UNKNOWN_SECRET } : {}),
    ...present(settingsMetadata(client, known)),
  }
}

function settingsMetadata(client: ClientSettings, known: ReadonlySet<string> | undefined): ClientMetadata {
  const scopes = known === undefined ? client.scopes : client.scopes.filter((scope) => known.has(scope))
  return {
    client_name: client.name,
    application_type: client.applicationType,
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    response_types: client.grants.includes('authorization_code') ? ['code'] : [],
    grant_types: [...client.grants],
    scope: scopes.length === 0 ? null : scopes.join(' '),
    subject_type: client.subject,
    contacts: client.contacts.length === 0 ? null : [...client.contacts],
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    client_uri: client.clientUri,
    ...proofMetadata(client),
    ...requestMetadata(client),
    ...logoutMetadata(client),
  }
}

function proofMetadata(client: ClientSettings): ClientMetadata {
  const { tlsSubject } = client
  return {
    token_endpoint_auth_method: client.authentication,
    jwks: client.jwks,
    jwks_uri: client.jwksUri,
    ...(tlsSubject === null ? {} : { [`tls_client_auth_${tlsSubject.by}`]: tlsSubject.value }),
    dpop_bound_access_tokens: client.dpopBound,
    tls_client_certificate_bound_access_tokens: client.tlsBound,
  }
}

function requestMetadata(client: ClientSettings): ClientMetadata {
  const byPolling = client.grants.includes('urn:openid:params:grant-type:ciba')
  return {
    require_pushed_authorization_requests: client.requirePar,
    require_signed_request_object: client.requireSignedRequests,
    request_object_signing_alg: client.requestObjectAlgorithm,
    authorization_signed_response_alg: client.responseAlgorithm,
    id_token_signed_response_alg: client.idTokenAlgorithm,
    userinfo_signed_response_alg: client.userinfoAlgorithm,
    backchannel_token_delivery_mode: byPolling ? 'poll' : null,
  }
}

function logoutMetadata(client: ClientSettings): ClientMetadata {
  const { backchannelLogoutUri, frontchannelLogoutUri } = client
  return {
    backchannel_logout_uri: backchannelLogoutUri,
    backchannel_logout_session_required: backchannelLogoutUri === null ? null : client.backchannelLogoutSessionRequired,
    frontchannel_logout_uri: frontchannelLogoutUri,
    frontchannel_logout_session_required:
      frontchannelLogoutUri === null ? null : client.frontchannelLogoutSessionRequired,
  }
}

function present(metadata: ClientMetadata): ClientMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null))
}
