import { FAPI2_LEFT_OUT, FAPI2_PLANS } from './plans-fapi2.ts'

/** A plan of the OpenID Foundation's conformance suite, the file with our cases of it, and the modules that it has. */
export type Plan = {
  readonly plan: string
  /** Beside this file. A plan whose cases are in two files stands here twice. */
  readonly file: string
  readonly modules: readonly string[]
  /** Modules of it without a case yet, each with the reason. */
  readonly missing?: Readonly<Record<string, string>>
}

const BASIC = [
  'oidcc-server',
  'oidcc-response-type-missing',
  'oidcc-idtoken-signature',
  'oidcc-idtoken-unsigned',
  'oidcc-userinfo-get',
  'oidcc-userinfo-post-header',
  'oidcc-userinfo-post-body',
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
  'oidcc-scope-profile',
  'oidcc-scope-email',
  'oidcc-scope-address',
  'oidcc-scope-phone',
  'oidcc-scope-all',
  'oidcc-alternate-happy-flow',
  'oidcc-display-page',
  'oidcc-display-popup',
  'oidcc-prompt-login',
  'oidcc-prompt-none-not-logged-in',
  'oidcc-prompt-none-logged-in',
  'oidcc-max-age-1',
  'oidcc-max-age-10000',
  'oidcc-ensure-request-with-unknown-parameter-succeeds',
  'oidcc-id-token-hint',
  'oidcc-login-hint',
  'oidcc-ui-locales',
  'oidcc-claims-locales',
  'oidcc-ensure-request-with-acr-values-succeeds',
  'oidcc-codereuse',
  'oidcc-codereuse-30seconds',
  'oidcc-ensure-registered-redirect-uri',
  'oidcc-ensure-post-request-succeeds',
  'oidcc-server-client-secret-post',
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
  'oidcc-claims-essential',
  'oidcc-ensure-request-object-with-redirect-uri',
  'oidcc-refresh-token',
  'oidcc-ensure-request-with-valid-pkce-succeeds',
] as const

export const PLANS: readonly Plan[] = [
  { plan: 'oidcc-basic-certification-test-plan', file: 'basic-plan.ts', modules: BASIC },
  { plan: 'oidcc-formpost-basic-certification-test-plan', file: 'basic-plan.ts', modules: BASIC },
  {
    plan: 'oidcc-config-certification-test-plan',
    file: 'config.test.ts',
    modules: ['oidcc-discovery-endpoint-verification'],
  },
  {
    plan: 'oidcc-dynamic-certification-test-plan',
    file: 'dynamic.test.ts',
    modules: [
      'oidcc-idtoken-rs256',
      'oidcc-userinfo-rs256',
      'oidcc-ensure-redirect-uri-in-authorization-request',
      'oidcc-redirect-uri-query-OK',
      'oidcc-redirect-uri-query-mismatch',
      'oidcc-redirect-uri-query-added',
      'oidcc-server-rotate-keys',
      'oidcc-refresh-token-rp-key-rotation',
      'oidcc-request-uri-unsigned',
      'oidcc-request-uri-signed-rs256',
      'oidcc-ensure-client-assertion-with-iss-aud-succeeds',
    ],
  },
  {
    plan: 'oidcc-dynamic-certification-test-plan',
    file: 'registration.test.ts',
    modules: [
      'oidcc-redirect-uri-regfrag',
      'oidcc-registration-policy-uri',
      'oidcc-registration-tos-uri',
      'oidcc-registration-jwks-uri',
      'oidcc-registration-sector-uri',
      'oidcc-registration-sector-bad',
    ],
    missing: {
      'oidcc-registration-logo-uri': 'no page of ours loads a picture from elsewhere',
    },
  },
  {
    plan: 'oidcc-rp-initiated-logout-certification-test-plan',
    file: 'rp-initiated-logout.test.ts',
    modules: [
      'oidcc-rp-initiated-logout-discovery-endpoint-verification',
      'oidcc-rp-initiated-logout',
      'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
      'oidcc-rp-initiated-logout-modified-id-token-hint',
      'oidcc-rp-initiated-logout-bad-id-token-hint',
      'oidcc-rp-initiated-logout-no-id-token-hint',
      'oidcc-rp-initiated-logout-no-params',
      'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
      'oidcc-rp-initiated-logout-no-state',
      'oidcc-rp-initiated-logout-only-state',
      'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
    ],
  },
  {
    plan: 'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
    file: 'backchannel.test.ts',
    modules: ['oidcc-backchannel-logout-discovery-endpoint-verification', 'oidcc-backchannel-rp-initiated-logout'],
  },
  {
    plan: 'oidcc-frontchannel-rp-initiated-logout-certification-test-plan',
    file: 'frontchannel.test.ts',
    modules: ['oidcc-frontchannel-logout-discovery-endpoint-verification', 'oidcc-frontchannel-rp-initiated-logout'],
  },
  ...FAPI2_PLANS,
]

/** Modules for a server that are in no plan of ours, and why. */
export const LEFT_OUT: readonly (readonly [modules: RegExp, reason: string])[] = [
  [/^oidcc-ensure-request-without-nonce-fails$/, 'it is for the implicit and hybrid flows, which do not exist here'],
  [/^oidcc-session-management-/, 'browsers keep frames of other sites from their cookies, so it works nowhere'],
  [/^oidcc-3rd_party-init-login/, 'a client cannot have its sign-in begun by somebody else (`initiate_login_uri`)'],
  ...FAPI2_LEFT_OUT,
  [/^fapi2-security-profile-id2-/, 'a draft that the final FAPI 2.0 profile took the place of'],
  [/^fapi-ciba-id1(-|$)/, 'the FAPI-CIBA plan is not mirrored yet'],
  [/^fapi1-advanced-final(-|$)/, 'FAPI 1.0 is followed by FAPI 2.0'],
]

/** Modules that a client is tested by. */
export const FOR_CLIENTS = /(^|-)client-(test|brazildcr|refresh)|-client-test/

/** Modules that the suite has without a summary, by which others are known. */
export const UNTOLD: readonly string[] = ['oidcc-codereuse', 'oidcc-codereuse-30seconds']
