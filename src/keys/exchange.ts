import { missingPermissions, missingScopes } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import {
  actorOf,
  type Caller,
  type Clock,
  done,
  type FieldError,
  type Principal,
  type Problem,
  type Result,
  refused,
  Secret,
} from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import { refuseKey } from './problems.ts'
import { CHALLENGE } from './verify/admit.ts'
import type { Entry } from './verify/entry.ts'
import type { LimitCheck } from './verify/limit.ts'

/** Seconds that a bought token lives at the most: as long as nobody who verifies it offline hears of a revocation. */
export const LONGEST_TOKEN = 300

/** The forms in which a token can be had. Which of them can be signed, the server says. */
export const TOKEN_FORMATS = ['jwt', 'paseto'] as const
export type TokenFormat = (typeof TOKEN_FORMATS)[number]

/** Signs a token. The authorization server can; the server hands it in. */
export type SignToken = (claims: {
  readonly subject: string
  readonly kind: 'user' | 'service'
  readonly organization: string
  readonly clientId: string
  readonly keyId: string
  readonly audience: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  /** Seconds. */
  readonly lifetime: number
  readonly format: TokenFormat
}) => Promise<{ readonly token: string; readonly id: string; readonly audience: string }>

export type ExchangeInput = {
  /** Null for all that the key gives. */
  readonly scopes: readonly string[] | null
  readonly permissions: readonly string[] | null
  /** Who is to believe the token; null for this server itself. */
  readonly audience: string | null
  /** Seconds, 300 at the most. */
  readonly lifetime: number
  readonly format: TokenFormat
}

export type Exchanged = {
  readonly token: Secret
  readonly audience: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  /** Seconds. */
  readonly expiresIn: number
}

/**
 * Sells a short-lived token for a key (rows K19, O15), for callers whose requests are verified offline. The key is the caller's
 * own credential and was judged as at any use; the purchase is a use of it: its limits are asked here, and the door counts
 * it. What the token gives may be narrowed, never widened. A token cannot be called back: after a revocation it works on until it ends.
 *
 * Errors: `CREDENTIAL_MISSING` when the caller has no key, `TOKEN_FORMAT_UNAVAILABLE`, `GRANT_EXCEEDED`, `RATE_LIMITED`, `USAGE_EXHAUSTED`.
 */
export function createExchange(deps: {
  entry: (keyId: string) => Promise<Entry | null>
  check: LimitCheck
  audit: Audit
  clock: Clock
  sign: SignToken
  formats: readonly TokenFormat[]
}) {
  return async (input: ExchangeInput, caller: Caller): Promise<Result<Exchanged>> => {
    const { credential } = caller.principal
    const entry = credential?.kind === 'api_key' ? await deps.entry(credential.id) : null
    if (entry === null) return refused(refuseHttp('CREDENTIAL_MISSING', { headers: CHALLENGE }))
    if (!deps.formats.includes(input.format)) return refused(refuseKey('TOKEN_FORMAT_UNAVAILABLE'))
    const problem = wideningProblem(entry.principal, input)
    if (problem !== null) return refused(problem)
    const limits = await deps.check(entry, { dry: false })
    if (limits.problem !== null) return refused(limits.problem)
    return done(await sell(entry, input, caller))
  }

  async function sell(entry: Entry, input: ExchangeInput, caller: Caller): Promise<Exchanged> {
    const { key, principal } = entry
    const { scopes, permissions } = {
      scopes: input.scopes ?? principal.scopes,
      permissions: input.permissions ?? principal.permissions,
    }
    const ends = Math.min(key.expiresAt, entry.holdsUntil)
    const left = Math.max(1, Math.floor((ends - deps.clock.now()) / 1000))
    const lifetime = Math.min(input.lifetime, left)
    const { owner, organization } = key
    const claims = { subject: owner.id, kind: owner.kind, organization, clientId: key.id, keyId: key.id }
    const { token, id, audience } = await deps.sign({
      ...claims,
      audience: input.audience,
      scopes,
      permissions,
      lifetime,
      format: input.format,
    })
    const details = { jti: id, audience, scopes: scopes.join(' '), seconds: lifetime }
    deps.audit.record({ ...actorOf(caller), type: 'key.exchanged', outcome: 'success', resource: key.id, details })
    return { token: new Secret(token), audience, scopes, permissions, expiresIn: lifetime }
  }
}

function wideningProblem(principal: Principal, { scopes, permissions }: ExchangeInput): Problem | null {
  const errors: FieldError[] = [
    ...missingScopes(principal.scopes, scopes ?? []).map((it) => missing('scopes', it)),
    ...missingPermissions(principal.permissions, permissions ?? []).map((it) => missing('permissions', it)),
  ]
  return errors.length === 0 ? null : refuseKey('GRANT_EXCEEDED', { detail: WIDER, errors })
}

const WIDER = 'A token never gives more than the key it is bought with; `errors` names each scope and permission.'

function missing(path: string, name: string): FieldError {
  return { path, message: `the key does not give "${name}"` }
}
