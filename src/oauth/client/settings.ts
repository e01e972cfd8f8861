import {
  CIBA,
  type ClientAuthentication,
  type ClientKind,
  type ClientLifetimes,
  type ClientSettings,
  DEVICE_CODE,
  type GrantType,
} from './client.ts'

/** What is said of a new client. The rest is what a client of its kind begins with. */
export type SaidSettings = Pick<ClientSettings, 'name'> & SettingsChange
export type SettingsChange = Partial<Omit<ClientSettings, 'lifetimes'>> & {
  /** Those that are named; the others stay. */
  readonly lifetimes?: Partial<ClientLifetimes>
}

const DEFAULT_LIFETIMES: ClientLifetimes = Object.freeze({
  code: null,
  accessToken: null,
  idToken: null,
  refreshToken: null,
})

const DEFAULTS = Object.freeze({
  applicationType: 'web',
  redirectUris: [],
  postLogoutRedirectUris: [],
  roles: [],
  permissions: [],
  resources: [],
  jwks: null,
  jwksUri: null,
  tlsSubject: null,
  refresh: 'rotate',
  requireMfa: false,
  requireState: false,
  requireSignedRequests: false,
  allowWithoutPkce: false,
  consent: 'once',
  firstParty: false,
  corsOrigins: [],
  fapi2: false,
  tlsBound: false,
  backchannelLogoutUri: null,
  backchannelLogoutSessionRequired: false,
  frontchannelLogoutUri: null,
  frontchannelLogoutSessionRequired: false,
  idTokenAlgorithm: null,
  userinfoAlgorithm: null,
  requestObjectAlgorithm: null,
  responseAlgorithm: null,
  subject: 'public',
  passwordTokens: false,
  logoUri: null,
  policyUri: null,
  tosUri: null,
  clientUri: null,
  contacts: [],
} as const)

/**
 * The settings of a new client: what was said, and what a client of its kind begins with where nothing was said.
 *
 * @example settingsOf({ name: 'shop', redirectUris: ['https://shop.example.com/callback'] }).grants
 * // ['authorization_code', 'refresh_token']
 */
export function settingsOf(said: SaidSettings): ClientSettings {
  const { kind = 'confidential', grants = ['authorization_code', 'refresh_token'] } = said
  return {
    ...DEFAULTS,
    kind,
    grants,
    scopes: usualScopes(grants),
    authentication: usualAuthentication(kind),
    ...impliedBy(said),
    ...withoutAbsent(said),
    lifetimes: { ...DEFAULT_LIFETIMES, ...withoutAbsent(said.lifetimes ?? {}) },
  }
}

/** The settings after a change: what was not named stays. */
export function settingsAfter(before: ClientSettings, change: SettingsChange): ClientSettings {
  const switchedOn = change.fapi2 === true && !before.fapi2
  const implied = switchedOn ? impliedBy({ tlsBound: before.tlsBound, ...change }) : {}
  const lifetimes = { ...before.lifetimes, ...withoutAbsent(change.lifetimes ?? {}) }
  return { ...before, ...implied, ...withoutAbsent(change), lifetimes }
}

// FAPI 2.0 Security Profile, section 5.3.2: pushed requests, and tokens that are of no use to a thief. Whoever said
// otherwise is told so by the faults.
function impliedBy({ fapi2 = false, tlsBound = false }: Pick<SettingsChange, 'fapi2' | 'tlsBound'>) {
  return { requirePar: fapi2, dpopBound: fapi2 && !tlsBound }
}

function usualAuthentication(kind: ClientKind): ClientAuthentication {
  return kind === 'public' ? 'none' : 'client_secret_basic'
}

function usualScopes(grants: readonly GrantType[]): readonly string[] {
  const people: readonly GrantType[] = ['authorization_code', DEVICE_CODE, CIBA]
  if (!grants.some((grant) => people.includes(grant))) return []
  const stays = grants.includes('refresh_token') ? ['offline_access'] : []
  return ['openid', 'profile', 'email', ...stays]
}

function withoutAbsent<T extends object>(said: T): T {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as T
}
