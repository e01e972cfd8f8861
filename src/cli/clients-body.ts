import { readFile } from 'node:fs/promises'
import { type Invocation, onlySaid, switchOption, textOption, wholeListOption } from './command.ts'
import { durationOf } from './duration.ts'
import { UsageError } from './usage.ts'

/** An option that is sent on as it is: the option, the field of the body, and its line of help. */
type Row = readonly [option: string, field: string, help: string]

const TEXTS: readonly Row[] = [
  ['name', 'name', 'what people are shown'],
  [
    'kind',
    'kind',
    'confidential, or public for what cannot keep a secret: pages, and programs on a device (confidential)',
  ],
  ['application', 'applicationType', 'web, or native for programs on a device (web)'],
  [
    'authentication',
    'authentication',
    'how it proves itself: client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth, self_signed_tls_client_auth or none (client_secret_basic; none for public)',
  ],
  ['jwks-uri', 'jwksUri', 'where its public keys are'],
  [
    'consent',
    'consent',
    'when people are asked whether it may: always, once, or never, which goes with --first-party on (once)',
  ],
  [
    'refresh',
    'refresh',
    'rotate for a new refresh token with each use, threshold for one in the last fifth of its life (rotate)',
  ],
  ['subject', 'subject', 'public, or pairwise for a subject of its own for each person (public)'],
  ['backchannel-logout-uri', 'backchannelLogoutUri', 'what is called when a session ends'],
  ['frontchannel-logout-uri', 'frontchannelLogoutUri', 'what browsers open when a session ends'],
  ['logo-uri', 'logoUri', 'its picture'],
  ['policy-uri', 'policyUri', 'what it does with data'],
  ['tos-uri', 'tosUri', 'its terms'],
  ['client-uri', 'clientUri', 'its home page'],
]

const LISTS: readonly Row[] = [
  ['redirect-uri', 'redirectUris', 'where browsers are sent back to, compared to the character'],
  ['post-logout-uri', 'postLogoutRedirectUris', 'where browsers may be sent after a sign-out'],
  ['scope', 'scopes', 'a scope that it may ask for'],
  ['role', 'roles', 'a role that it acts in by itself'],
  ['permission', 'permissions', 'a permission that it has by itself'],
  ['resource', 'resources', 'an API that it may ask tokens for (all that are configured)'],
  ['cors-origin', 'corsOrigins', 'an origin whose pages may call the token endpoint'],
  ['contact', 'contacts', 'an e-mail address of who answers for it'],
]

const SWITCHES: readonly Row[] = [
  ['first-party', 'firstParty', 'one of your own'],
  ['require-mfa', 'requireMfa', 'people need a second factor'],
  ['require-state', 'requireState', 'requests need a state'],
  ['allow-without-pkce', 'allowWithoutPkce', 'requests may come without PKCE, with a nonce instead'],
  ['require-par', 'requirePar', 'requests must be pushed first'],
  ['fapi2', 'fapi2', 'held to the FAPI 2.0 security profile'],
  ['dpop', 'dpopBound', 'its tokens need a proof by its key'],
  ['tls-bound', 'tlsBound', 'its tokens need its certificate'],
  ['password-tokens', 'passwordTokens', 'it may trade a person’s password for tokens'],
]

const LIFETIMES: readonly Row[] = [
  ['code-life', 'codeSeconds', 'how long a code lives, such as 60s'],
  ['access-token-life', 'accessTokenSeconds', 'how long an access token lives, such as 15m'],
  ['id-token-life', 'idTokenSeconds', 'how long an ID token lives'],
  ['refresh-token-life', 'refreshTokenSeconds', 'how long a refresh token lives, such as 24h'],
]

const GRANTS: Readonly<Record<string, string>> = {
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  ciba: 'urn:openid:params:grant-type:ciba',
  token_exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
}

const once = { type: 'string' } as const
const often = { type: 'string', multiple: true } as const

/** What a client is told of on the command line. */
export const clientOptions = {
  ...named(TEXTS, () => once),
  ...named([...LISTS, ['grant', '', '']], () => often),
  ...named([...SWITCHES, ...LIFETIMES], () => once),
  'jwks-file': once,
  'tls-subject': once,
}

/** One line for each of them. */
export const clientHelp: Readonly<Record<string, string>> = {
  ...named(TEXTS, (help) => help),
  ...named(LISTS, (help) => `${help}; may be repeated; none for none`),
  ...named(SWITCHES, (help) => `on or off: ${help} (off)`),
  ...named(LIFETIMES, (help) => `${help} (as configured)`),
  grant:
    'a way to tokens: authorization_code, refresh_token, client_credentials, device_code, ciba or token_exchange; may be repeated (authorization_code and refresh_token)',
  'jwks-file': 'a file with its public keys (JSON, RFC 7517)',
  'tls-subject': 'by what its certificate names it, such as san_dns=billing.example.com',
}

/** The body of a request about a client. What was not said is not sent: it stays as it is, or is what is usual. */
export async function clientBodyOf(it: Invocation): Promise<Record<string, unknown>> {
  const file = textOption(it, 'jwks-file')
  const grants = wholeListOption(it, 'grant')?.map((grant) => GRANTS[grant] ?? grant)
  const lifetimes = onlySaid(fields(LIFETIMES, (option) => secondsOf(it, option)))
  return onlySaid({
    ...fields(TEXTS, (option) => textOption(it, option)),
    ...fields(LISTS, (option) => wholeListOption(it, option)),
    ...fields(SWITCHES, (option) => switchOption(it, option)),
    ...(Object.keys(lifetimes).length === 0 ? {} : { lifetimes }),
    grants,
    tlsSubject: subjectOf(textOption(it, 'tls-subject')),
    jwks: file === undefined ? undefined : await readKeys(file),
  })
}

function named<T>(rows: readonly Row[], value: (help: string) => T): Record<string, T> {
  return Object.fromEntries(rows.map(([option, , help]) => [option, value(help)]))
}

function fields(rows: readonly Row[], value: (option: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(rows.map(([option, field]) => [field, value(option)]))
}

function secondsOf(it: Invocation, option: string): number | undefined {
  const text = textOption(it, option)
  return text === undefined ? undefined : durationOf(option, text) / 1000
}

function subjectOf(text: string | undefined): { readonly by: string; readonly value: string } | undefined {
  if (text === undefined) return undefined
  const [, by, value] = /^([a-z_]+)=(.+)$/.exec(text) ?? []
  if (by === undefined || value === undefined) {
    throw new UsageError('--tls-subject takes a name such as san_dns=billing.example.com')
  }
  return { by, value }
}

async function readKeys(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is not JSON`)
  }
}
