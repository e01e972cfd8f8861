import { missingPermissions, missingScopes } from '../../access/index.ts'
import type { Address, Problem } from '../../core/index.ts'
import { type Status, statusAt } from '../key.ts'
import { refuseKey, type VerificationCode } from '../problems.ts'
import { isAllowedDomain } from './domain.ts'
import { type Entry, isInside } from './entry.ts'
import { isAllowedResource } from './resource.ts'

/** The circumstances of one use of a key. What is not known is null, and a rule that needs it then refuses. */
export type Use = {
  readonly address: Address | null
  readonly domain: string | null
  readonly method: string | null
  readonly path: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  /** Whether the second factor of the key's owner was proved for this use. */
  readonly mfa: boolean
}

type Check = (entry: Entry, use: Use, now: number) => VerificationCode | null

/** Every rule of a proved key, in the order in which they are asked (row K11). The first that speaks ends it. */
export const CHECKS: readonly Check[] = [
  checkStatus,
  checkOwner,
  checkAddress,
  checkDomain,
  checkMfa,
  checkScopes,
  checkPermissions,
  checkResource,
]

/** Judges a proved key for one use. Pure: the same entry, use and time give the same answer. */
export function judge(entry: Entry, use: Use, now: number): Problem | null {
  for (const check of CHECKS) {
    const code = check(entry, use, now)
    if (code !== null) return refuseKey(code)
  }
  return null
}

const STATUS_CODES: Record<Status, VerificationCode | null> = {
  active: null,
  inactive: 'KEY_INACTIVE',
  suspended: 'KEY_SUSPENDED',
  expired: 'KEY_EXPIRED',
  revoked: 'KEY_REVOKED',
}

function checkStatus(entry: Entry, _use: Use, now: number): VerificationCode | null {
  return STATUS_CODES[statusAt(entry.key, now)]
}

function checkOwner(entry: Entry): VerificationCode | null {
  return entry.ownerEnabled ? null : 'KEY_INACTIVE'
}

function checkAddress(entry: Entry, use: Use): VerificationCode | null {
  return entry.networks.length === 0 || isInside(entry.networks, use.address) ? null : 'IP_NOT_ALLOWED'
}

function checkDomain(entry: Entry, use: Use): VerificationCode | null {
  return entry.domains.length === 0 || isAllowedDomain(entry.domains, use.domain) ? null : 'DOMAIN_NOT_ALLOWED'
}

function checkMfa(entry: Entry, use: Use): VerificationCode | null {
  return entry.key.requireMfa && !use.mfa ? 'MFA_REQUIRED' : null
}

function checkScopes(entry: Entry, use: Use): VerificationCode | null {
  return use.scopes.length === 0 || missingScopes(entry.principal.scopes, use.scopes).length === 0
    ? null
    : 'SCOPE_MISSING'
}

function checkPermissions(entry: Entry, use: Use): VerificationCode | null {
  if (use.permissions.length === 0) return null
  return missingPermissions(entry.principal.permissions, use.permissions).length === 0 ? null : 'PERMISSION_MISSING'
}

function checkResource(entry: Entry, use: Use): VerificationCode | null {
  return entry.resources.length === 0 || isAllowedResource(entry.resources, use.method, use.path)
    ? null
    : 'RESOURCE_NOT_ALLOWED'
}
