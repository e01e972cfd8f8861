import { parseAddress } from '../../core/index.ts'
import type { KeyChange } from '../change.ts'
import type { Created, NewKey } from '../create.ts'
import { type Key, type RotationSchedule, statusAt, type UsageLimit } from '../key.ts'
import { usualNotice } from '../rotation/schedule.ts'
import type { Service } from '../service/service.ts'
import type { Verification, VerifyInput } from '../verify/verify.ts'
import type {
  ChangeKeyBody,
  KeyBody,
  NewKeyBody,
  RotationBody,
  ServiceBody,
  VerificationBody,
  VerifyBody,
} from './schemas.ts'

/** A key as the API shows it. */
export function keyBody(key: Key, now: number): KeyBody {
  const { hint, status: _stored, created, changed, expiresAt, rotatesAt, ...rest } = key
  return {
    ...(rest as Omit<KeyBody, 'hint' | 'status' | 'created' | 'changed' | 'expiresAt' | 'rotatesAt'>),
    hint: `${hint.start}…${hint.end}`,
    status: statusAt(key, now),
    expiresAt: iso(expiresAt),
    rotatesAt: rotatesAt === null || key.rotatedTo !== null ? null : iso(rotatesAt),
    created: { ...created, at: iso(created.at) },
    changed: { ...changed, at: iso(changed.at) },
  }
}

/** The one answer that carries a key's text (row K4). */
export function createdBody({ key, secret }: Created, now: number): KeyBody & { key: string | null } {
  return { ...keyBody(key, now), key: secret === null ? null : secret.reveal() }
}

export function newKeyOf(body: NewKeyBody): NewKey {
  const owner = body.owner ?? null
  return {
    name: body.name,
    description: body.description ?? '',
    type: body.type ?? (owner?.kind === 'user' ? 'personal' : 'service'),
    environment: body.environment ?? 'live',
    format: body.format ?? 'prefixed',
    classification: body.classification ?? 'LOW',
    owner,
    scopes: body.scopes ?? [],
    permissions: body.permissions ?? [],
    resources: body.resources ?? [],
    allowedIps: body.allowedIps ?? [],
    allowedDomains: body.allowedDomains ?? [],
    expiresAt: body.expiresAt === undefined ? null : Date.parse(body.expiresAt),
    usageLimit: usageLimitOf(body.usageLimit ?? null),
    rateLimits: body.rateLimits ?? [],
    concurrency: body.concurrency ?? null,
    maxBody: body.maxBody ?? null,
    requireMfa: body.requireMfa ?? false,
    metadata: body.metadata ?? {},
    tags: body.tags ?? [],
    rotation: rotationOf(body.rotation ?? null),
  }
}

/** Only what was named: absent members stay as they are. */
export function keyChangeOf(body: ChangeKeyBody): KeyChange {
  const { expiresAt, usageLimit, rotation, ...rest } = body
  return {
    ...rest,
    ...(rotation === undefined ? {} : { rotation: rotationOf(rotation) }),
    ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }),
    ...(usageLimit === undefined ? {} : { usageLimit: usageLimitOf(usageLimit) }),
  }
}

export function verifyInputOf(body: VerifyBody): VerifyInput {
  return {
    key: body.key,
    address: body.ip === undefined ? null : parseAddress(body.ip),
    domain: body.domain ?? null,
    method: body.method ?? null,
    path: body.resource ?? null,
    scopes: body.scopes ?? [],
    permissions: body.permissions ?? [],
  }
}

export function verificationBody(answer: Verification): VerificationBody {
  const { code, key, limits } = answer
  const retryAfter = answer.valid ? undefined : answer.problem.retryAfter
  return {
    valid: answer.valid,
    code,
    message: answer.valid ? null : answer.problem.detail,
    keyId: key?.id ?? null,
    principal: key === null ? null : { kind: key.owner.kind, id: key.owner.id, organization: key.organization },
    scopes: answer.valid ? [...answer.principal.scopes] : [],
    permissions: answer.valid ? [...answer.principal.permissions] : [],
    limits: limits.map(({ rule, remaining, resetAfter, wait }) => ({
      name: rule.name,
      max: rule.max,
      remaining,
      resetSeconds: Math.ceil(resetAfter / 1000),
      waitSeconds: Math.ceil(wait / 1000),
    })),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

export function serviceBody(service: Service): ServiceBody {
  return {
    ...(service as ServiceBody & Service),
    createdAt: iso(service.createdAt),
    changedAt: iso(service.changedAt),
  }
}

function usageLimitOf(limit: { max: number; per: UsageLimit['per']; exact?: boolean } | null): UsageLimit | null {
  return limit === null ? null : { max: limit.max, per: limit.per, exact: limit.exact ?? false }
}

// What a schedule says when it leaves something out depends on its period.
function rotationOf(body: RotationBody | null): RotationSchedule | null {
  if (body === null) return null
  const { every, notice = usualNotice(every), store = null } = body
  return { every, notice, store }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
