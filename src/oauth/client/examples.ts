// What `/openapi.json` shows of each record: ids, addresses and names that are nobody's.

const CLIENT = 'cli_1hq3v0c9kd5m7w2x8p4t6r1a'
const SECRET = 'sec_1hq3v0c9kd5m7w2x8p4t6r1a'
const PERSON = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'
const MADE_AT = '2026-11-21T10:00:00.000Z'

const nothing = { codeSeconds: null, accessTokenSeconds: null, idTokenSeconds: null, refreshTokenSeconds: null }

export const newClientExample = {
  name: 'shop',
  redirectUris: ['https://shop.example.com/callback'],
  scopes: ['openid', 'profile', 'email', 'orders:read'],
}

export const clientExample = {
  id: CLIENT,
  organization: 'org_default',
  name: 'shop',
  kind: 'confidential' as const,
  enabled: true,
  applicationType: 'web' as const,
  redirectUris: ['https://shop.example.com/callback'],
  postLogoutRedirectUris: [],
  grants: ['authorization_code' as const, 'refresh_token' as const],
  scopes: ['openid', 'profile', 'email', 'orders:read'],
  roles: [],
  permissions: [],
  resources: [],
  authentication: 'client_secret_basic' as const,
  jwks: null,
  jwksUri: null,
  tlsSubject: null,
  secrets: [{ id: SECRET, hint: 'x9Yz', createdAt: MADE_AT, expiresAt: null, usedAt: null }],
  lifetimes: nothing,
  refresh: 'rotate' as const,
  requireMfa: false,
  requireState: false,
  allowWithoutPkce: false,
  requirePar: false,
  requireSignedRequests: false,
  consent: 'once' as const,
  firstParty: false,
  corsOrigins: [],
  fapi2: false,
  dpopBound: false,
  tlsBound: false,
  backchannelLogoutUri: null,
  backchannelLogoutSessionRequired: false,
  frontchannelLogoutUri: null,
  frontchannelLogoutSessionRequired: false,
  idTokenAlgorithm: null,
  userinfoAlgorithm: null,
  requestObjectAlgorithm: null,
  responseAlgorithm: null,
  subject: 'public' as const,
  passwordTokens: false,
  logoUri: null,
  policyUri: null,
  tosUri: null,
  clientUri: null,
  contacts: [],
  source: 'admin' as const,
  createdAt: MADE_AT,
  createdBy: PERSON,
  updatedAt: MADE_AT,
  updatedBy: PERSON,
  lastUsedAt: null,
  version: 1,
}

export const createdClientExample = { ...clientExample, secret: 'spc_…' }
export const repeatedClientExample = { ...clientExample, secret: null }
