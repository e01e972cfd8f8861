import { eachFault } from '../../access/index.ts'
import type { FieldError } from '../../core/index.ts'
import { isMailAddress } from '../../notices/index.ts'
import { LONGEST_ADDRESS, originFault, redirectFault, resourceFault, webFault } from './address-faults.ts'
import type { ClientLifetimes, ClientSettings, TlsSubject } from './client.ts'
import { combinedFaults } from './combined-faults.ts'
import { keysFaults } from './keys-faults.ts'

const SECOND = 1000
const DAY = 86_400 * SECOND

/** How short and how long what is issued may live, in milliseconds. */
export const LIFETIME_BOUNDS: Readonly<Record<keyof ClientLifetimes, readonly [least: number, most: number]>> = {
  code: [10 * SECOND, 600 * SECOND],
  accessToken: [60 * SECOND, 3600 * SECOND],
  idToken: [60 * SECOND, DAY],
  refreshToken: [300 * SECOND, 365 * DAY],
}

/** The most of everything that there may be many of. */
export const MOST = {
  redirectUris: 50,
  postLogoutRedirectUris: 50,
  scopes: 200,
  resources: 50,
  corsOrigins: 50,
  contacts: 10,
  roles: 20,
  permissions: 200,
} as const

const LISTS = Object.keys(MOST) as (keyof typeof MOST)[]
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/

/**
 * What is wrong with the settings of a client, all faults at once: forms, bounds, and what does not go together. Whether
 * its scopes, roles and permissions are known is for who knows them.
 *
 * @example clientFaults(settingsOf({ name: 'app', kind: 'public', grants: ['client_credentials'], … }))
 * // [{ path: 'grants', message: 'a public client has no name of its own to act in: …' }]
 */
export function clientFaults(settings: ClientSettings): FieldError[] {
  const faults = [...listFaults(settings), ...addressFaults(settings), ...namedFaults(settings)]
  return [...faults, ...lifetimeFaults(settings.lifetimes), ...combinedFaults(settings)]
}

function listFaults(settings: ClientSettings): FieldError[] {
  return LISTS.flatMap((path) => {
    const values: readonly string[] = settings[path]
    const long = values.length > MOST[path] ? [{ path, message: `must be no more than ${MOST[path]}` }] : []
    const again = values.filter((value, i) => values.indexOf(value) !== i)
    return [...long, ...eachFault(path, again, (value) => `"${value}" is named twice`)]
  })
}

function addressFaults(settings: ClientSettings): FieldError[] {
  const { applicationType } = settings
  const redirect = (text: string) => redirectFault(text, applicationType)
  return [
    ...indexed('redirectUris', settings.redirectUris, redirect),
    ...indexed('postLogoutRedirectUris', settings.postLogoutRedirectUris, redirect),
    ...indexed('corsOrigins', settings.corsOrigins, originFault),
    ...indexed('resources', settings.resources, resourceFault),
    ...(['backchannelLogoutUri', 'frontchannelLogoutUri', 'jwksUri'] as const).flatMap((path) =>
      single(path, settings[path], (text) => webFault(text, applicationType)),
    ),
    ...(['logoUri', 'policyUri', 'tosUri', 'clientUri'] as const).flatMap((path) =>
      single(path, settings[path], (text) => webFault(text)),
    ),
  ]
}

function namedFaults({ scopes, contacts, jwks, tlsSubject }: ClientSettings): FieldError[] {
  return [
    ...indexed('scopes', scopes, scopeFault),
    ...indexed('contacts', contacts, (text) => (isMailAddress(text) ? null : 'must be an e-mail address')),
    ...(jwks === null ? [] : keysFaults(jwks)),
    ...(tlsSubject === null ? [] : subjectFaults(tlsSubject)),
  ]
}

function scopeFault(text: string): string | null {
  if (text === '*') return 'must be one scope: a client names each that it may ask for'
  return SCOPE.test(text) ? null : 'must be up to 128 printable characters without spaces, quotes and \\'
}

function subjectFaults({ value }: TlsSubject): FieldError[] {
  if (value.length > 0 && value.length <= LONGEST_ADDRESS && /^[\x20-\x7e]+$/.test(value)) return []
  return [{ path: 'tlsSubject.value', message: `must be 1 to ${LONGEST_ADDRESS} printable characters` }]
}

function lifetimeFaults(lifetimes: ClientLifetimes): FieldError[] {
  return (Object.keys(LIFETIME_BOUNDS) as (keyof ClientLifetimes)[]).flatMap((name) => {
    const [least, most] = LIFETIME_BOUNDS[name]
    const given = lifetimes[name]
    if (given === null || (Number.isSafeInteger(given) && given >= least && given <= most)) return []
    const message = `must be ${least / SECOND} to ${most / SECOND} seconds`
    return [{ path: `lifetimes.${name}Seconds`, message }]
  })
}

function indexed(path: string, values: readonly string[], fault: (value: string) => string | null): FieldError[] {
  return values.flatMap((value, i) => single(`${path}.${i}`, value, fault))
}

function single(path: string, value: string | null, fault: (value: string) => string | null): FieldError[] {
  const message = value === null ? null : fault(value)
  return message === null ? [] : [{ path, message }]
}
