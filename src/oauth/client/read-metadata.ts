import type { FieldError } from '../../core/index.ts'
import {
  ALGORITHMS,
  APPLICATION_TYPES,
  AUTHENTICATIONS,
  type ClientAuthentication,
  type ClientKeys,
  type ClientSettings,
  GRANT_TYPES,
  SUBJECTS,
  TLS_NAMES,
  type TlsSubject,
} from './client.ts'
import { clientFaults } from './faults.ts'
import { type SettingsChange, settingsOf } from './settings.ts'

/** What somebody sent about a client, and what is wrong with it; the paths of faults are names of RFC 7591. */
export type ReadMetadata =
  | { readonly ok: true; readonly settings: ClientSettings }
  | { readonly ok: false; readonly faults: readonly FieldError[] }

type Sent = Readonly<Record<string, unknown>>
type Reader = (value: unknown) => { readonly value: unknown } | { readonly fault: string }

const LONGEST_NAME = 100
const LONGEST_TEXT = 512

const text: Reader = (value) =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT
    ? { value }
    : { fault: `must be a text of 1 to ${LONGEST_TEXT} characters` }
const name: Reader = (value) =>
  typeof value === 'string' &&
  /^(?=.*[^\s\p{Cf}])[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/u.test(value) &&
  value.length <= LONGEST_NAME
    ? { value }
    : { fault: `must be one line of at most ${LONGEST_NAME} characters` }
const flag: Reader = (value) => (typeof value === 'boolean' ? { value } : { fault: 'must be true or false' })
const texts: Reader = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
    ? { value }
    : { fault: 'must be a list of texts' }
const scopes: Reader = (value) =>
  typeof value === 'string' && value.length <= 4096
    ? { value: value.split(' ').filter((scope) => scope !== '') }
    : { fault: 'must be scopes with spaces between them' }
const keys: Reader = (value) => (isKeys(value) ? { value } : { fault: 'must be a set of keys as RFC 7517 writes it' })
const oneOf =
  (words: readonly string[]): Reader =>
  (value) =>
    typeof value === 'string' && words.includes(value) ? { value } : { fault: `must be one of ${words.join(', ')}` }
const someOf =
  (words: readonly string[]): Reader =>
  (value) =>
    Array.isArray(value) && value.every((item) => words.includes(item))
      ? { value }
      : { fault: `must be a list of ${words.join(', ')}` }

/** The names of RFC 7591 and its sisters, what each is to us, and how it is read. */
const MEMBERS: Readonly<Record<string, readonly [setting: keyof ClientSettings, read: Reader]>> = {
  client_name: ['name', name],
  application_type: ['applicationType', oneOf(APPLICATION_TYPES)],
  redirect_uris: ['redirectUris', texts],
  post_logout_redirect_uris: ['postLogoutRedirectUris', texts],
  grant_types: ['grants', someOf(GRANT_TYPES)],
  scope: ['scopes', scopes],
  token_endpoint_auth_method: ['authentication', oneOf(AUTHENTICATIONS)],
  subject_type: ['subject', oneOf(SUBJECTS)],
  contacts: ['contacts', texts],
  logo_uri: ['logoUri', text],
  policy_uri: ['policyUri', text],
  tos_uri: ['tosUri', text],
  client_uri: ['clientUri', text],
  jwks: ['jwks', keys],
  jwks_uri: ['jwksUri', text],
  dpop_bound_access_tokens: ['dpopBound', flag],
  tls_client_certificate_bound_access_tokens: ['tlsBound', flag],
  require_pushed_authorization_requests: ['requirePar', flag],
  require_signed_request_object: ['requireSignedRequests', flag],
  request_object_signing_alg: ['requestObjectAlgorithm', oneOf(ALGORITHMS)],
  authorization_signed_response_alg: ['responseAlgorithm', oneOf(ALGORITHMS)],
  id_token_signed_response_alg: ['idTokenAlgorithm', oneOf(ALGORITHMS)],
  userinfo_signed_response_alg: ['userinfoAlgorithm', oneOf(ALGORITHMS)],
  backchannel_logout_uri: ['backchannelLogoutUri', text],
  backchannel_logout_session_required: ['backchannelLogoutSessionRequired', flag],
  frontchannel_logout_uri: ['frontchannelLogoutUri', text],
  frontchannel_logout_session_required: ['frontchannelLogoutSessionRequired', flag],
}

/** What is read and must be so, but is no setting of ours. */
const FIXED: Readonly<Record<string, Reader>> = {
  response_types: someOf(['code']),
  backchannel_token_delivery_mode: oneOf(['poll']),
}

/**
 * Reads what a client says about itself (RFC 7591, section 2). What is not known here is left aside, as the standard
 * says; what is known is held to the rules of every client. Nothing that an administrator alone gives (roles,
 * permissions, `firstParty`, times) can be said.
 *
 * @example clientOfMetadata({ client_name: 'App', redirect_uris: ['https://app.example.com/cb'], token_endpoint_auth_method: 'none' })
 */
export function clientOfMetadata(sent: Sent): ReadMetadata {
  const faults: FieldError[] = []
  const said: Record<string, unknown> = {}
  for (const [path, [setting, read]] of Object.entries(MEMBERS)) {
    if (sent[path] === undefined || sent[path] === null) continue
    const found = read(sent[path])
    if ('fault' in found) faults.push({ path, message: found.fault })
    else said[setting] = found.value
  }
  for (const [path, read] of Object.entries(FIXED)) {
    const found = sent[path] === undefined || sent[path] === null ? null : read(sent[path])
    if (found !== null && 'fault' in found) faults.push({ path, message: found.fault })
  }
  const subject = tlsSubjectOf(sent)
  if ('fault' in subject) faults.push(subject.fault)
  if (faults.length > 0) return { ok: false, faults }
  const settings = settingsOf(withUsual(said as SettingsChange, 'fault' in subject ? null : subject.value))
  const broken = clientFaults(settings)
  return broken.length === 0 ? { ok: true, settings } : { ok: false, faults: broken.map(inTheirWords) }
}

// RFC 7591, section 2: what a client that says nothing proves itself with, and what it may use.
function withUsual(said: SettingsChange, tlsSubject: TlsSubject | null) {
  const authentication: ClientAuthentication = said.authentication ?? 'client_secret_basic'
  return {
    name: 'A client without a name',
    ...said,
    grants: said.grants ?? (['authorization_code'] as const),
    authentication,
    kind: authentication === 'none' ? ('public' as const) : ('confidential' as const),
    tlsSubject,
  }
}

function tlsSubjectOf(sent: Sent): { readonly value: TlsSubject | null } | { readonly fault: FieldError } {
  const named = TLS_NAMES.filter((by) => sent[`tls_client_auth_${by}`] !== undefined)
  const [by] = named
  if (by === undefined) return { value: null }
  const path = `tls_client_auth_${by}`
  const value = sent[path]
  if (named.length > 1) return { fault: { path, message: 'must be the only name of the certificate' } }
  return typeof value === 'string' ? { value: { by, value } } : { fault: { path, message: 'must be a text' } }
}

const THEIR_NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(MEMBERS).map(([theirs, [ours]]) => [ours, theirs])),
  kind: 'token_endpoint_auth_method',
  tlsSubject: 'tls_client_auth_subject_dn',
}

function inTheirWords({ path, message }: FieldError): FieldError {
  const [setting = '', ...rest] = path.split('.')
  return { path: [THEIR_NAMES[setting] ?? setting, ...rest].join('.'), message }
}

function isKeys(value: unknown): value is ClientKeys {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return false
  return value.keys.every((key) => typeof key === 'object' && key !== null && !Array.isArray(key))
}
