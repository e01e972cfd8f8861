import { hash } from 'node:crypto'

/** The kinds of things the protocol keeps, by the names its library has for them. */
export const MODELS = [
  'Grant',
  'Session',
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'ClientCredentials',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PushedAuthorizationRequest',
  'Interaction',
  'ReplayDetection',
  'InitialAccessToken',
  'RegistrationAccessToken',
] as const
export type Model = (typeof MODELS)[number]

/** What the library keeps of one thing. It is sealed as a whole: it names the secret that the thing is shown by. */
export type Payload = {
  readonly jti?: string
  readonly uid?: string
  readonly userCode?: string
  readonly grantId?: string
  readonly sessionUid?: string
  readonly sid?: string
  readonly accountId?: string
  readonly clientId?: string
  readonly exp?: number
  consumed?: number | true
  readonly [member: string]: unknown
}

/** Whose session of ours a thing is made in; null where nobody is signed in. */
export type OwnSession = { readonly id: string; readonly organization: string }

export type EntityRow = {
  readonly digest: Uint8Array
  readonly model: string
  readonly alias: Uint8Array | null
  readonly grant_digest: Uint8Array | null
  readonly session_uid: Uint8Array | null
  readonly sid_digest: Uint8Array | null
  readonly person_id: string | null
  readonly client_id: string | null
  readonly organization: string | null
  readonly own_session: string | null
  readonly consumed_at: number | null
  readonly expires_at: number | null
  readonly payload: string
}

/** The digest that a thing is found by: of its model too, so that no name of one opens another. */
export function entityDigest(model: Model, id: string): Uint8Array {
  return hash('sha256', `${model}:${id}`, 'buffer')
}

/** What a sealed payload is bound to. */
export function contextOf(model: string, digest: Uint8Array): string {
  return `${model}:${Buffer.from(digest).toString('base64url')}`
}

/** The second name of a thing, by which it is also found. */
export function aliasOf(model: Model, payload: Payload): Uint8Array | null {
  if (model === 'Session' && payload.uid !== undefined) return sessionUidDigest(payload.uid)
  if (model === 'DeviceCode' && payload.userCode !== undefined) return userCodeDigest(payload.userCode)
  return null
}

export const sessionUidDigest = (uid: string): Uint8Array => hash('sha256', `uid:${uid}`, 'buffer')
export const sidDigest = (sid: string): Uint8Array => hash('sha256', `sid:${sid}`, 'buffer')
export const userCodeDigest = (code: string): Uint8Array => hash('sha256', `user_code:${code}`, 'buffer')
