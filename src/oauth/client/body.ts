import type { ClientChange } from './change.ts'
import type { ClientLifetimes, ClientSecret, OauthClient } from './client.ts'
import type { CreatedClient, NewClient } from './create.ts'
import type { ChangeClientBody, ClientBody, NewClientBody, NewSecretBody } from './schemas.ts'
import type { NewSecret } from './secrets.ts'
import type { SettingsChange } from './settings.ts'

/** A client as the API shows it: nothing of its secrets but how they end. */
export function clientBody(client: OauthClient): ClientBody {
  const { secrets, lifetimes, createdAt, updatedAt, lastUsedAt, ...rest } = client
  return {
    ...(rest as unknown as Omit<ClientBody, 'secrets' | 'lifetimes' | 'createdAt' | 'updatedAt' | 'lastUsedAt'>),
    secrets: secrets.map(secretBody),
    lifetimes: lifetimesBody(lifetimes),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    lastUsedAt: isoOrNull(lastUsedAt),
  }
}

/** The one answer that carries a secret. */
export function withSecret({ client, secret }: Pick<CreatedClient, 'client' | 'secret'>) {
  return { ...clientBody(client), secret: secret === null ? null : secret.reveal() }
}

export function newClientOf({ secretExpiresAt, ...body }: NewClientBody): NewClient {
  return {
    settings: { ...settingsOfBody(body), name: body.name },
    secretExpiresAt: secretExpiresAt === undefined ? null : Date.parse(secretExpiresAt),
    source: 'admin',
  }
}

export function clientChangeOf({ enabled, ...body }: ChangeClientBody): ClientChange {
  return { ...settingsOfBody(body), ...(enabled === undefined ? {} : { enabled }) }
}

export function newSecretOf({ expiresAt, graceSeconds }: NewSecretBody): NewSecret {
  return {
    expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
    graceMs: graceSeconds === undefined ? null : graceSeconds * 1000,
  }
}

function settingsOfBody({ lifetimes, ...body }: Omit<ChangeClientBody, 'enabled'>): SettingsChange {
  const times = lifetimes === undefined ? {} : { lifetimes: lifetimesOf(lifetimes) }
  return { ...(body as Omit<SettingsChange, 'lifetimes'>), ...times }
}

const NAMES = {
  code: 'codeSeconds',
  accessToken: 'accessTokenSeconds',
  idToken: 'idTokenSeconds',
  refreshToken: 'refreshTokenSeconds',
} as const satisfies Record<keyof ClientLifetimes, string>
const LIFETIMES = Object.keys(NAMES) as (keyof ClientLifetimes)[]

function lifetimesOf(body: NonNullable<ChangeClientBody['lifetimes']>): Partial<ClientLifetimes> {
  return Object.fromEntries(
    LIFETIMES.flatMap((name) => {
      const seconds = body[NAMES[name]]
      return seconds === undefined ? [] : [[name, seconds === null ? null : seconds * 1000]]
    }),
  )
}

function lifetimesBody({ code, accessToken, idToken, refreshToken }: ClientLifetimes): ClientBody['lifetimes'] {
  return {
    codeSeconds: secondsOf(code),
    accessTokenSeconds: secondsOf(accessToken),
    idTokenSeconds: secondsOf(idToken),
    refreshTokenSeconds: secondsOf(refreshToken),
  }
}

function secretBody({ id, hint, createdAt, expiresAt, usedAt }: ClientSecret): ClientBody['secrets'][number] {
  return { id, hint, createdAt: iso(createdAt), expiresAt: isoOrNull(expiresAt), usedAt: isoOrNull(usedAt) }
}

function secondsOf(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1000
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at)
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
