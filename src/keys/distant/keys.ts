import type { Authenticator, Clock } from '../../core/index.ts'
import type { Limits } from '../../limits/index.ts'
import { createKeyAuthenticator } from '../steps.ts'
import type { Usage } from '../usage.ts'
import { createAdmission } from '../verify/admit.ts'
import { createDistantDirectory, type DistantSource } from './directory.ts'
import { type AskVerify, createDistantLimitCheck } from './limit.ts'

/** The keys of a server, as an application elsewhere sees them. */
export type DistantKeys = {
  readonly authenticator: Authenticator
  /** Forgets a key or the keys of an owner, by id; null for everything. */
  readonly forget: (ref: string | null) => void
}

/**
 * Keys that are somewhere else: proved once by the server, then judged here by the very same rules, until the server
 * says that something changed or is not heard of any more. Keys with rate or usage limits are asked about at each use.
 *
 * @param deps.count told of each use that was let through without asking the server
 * @param deps.refusalDelay milliseconds after which a credential that proves nothing is answered
 */
export function createDistantKeys(deps: {
  source: DistantSource
  verify: AskVerify
  count: Usage['count']
  limits: Limits
  clock: Clock
  capacity: number
  refusalDelay: number
}): DistantKeys {
  const { source, verify, limits, clock, capacity, refusalDelay } = deps
  const directory = createDistantDirectory({ source, clock, capacity })
  const check = createDistantLimitCheck({ limits, verify })
  const admission = createAdmission({ check, limits, usage: { count: deps.count }, clock, refusalDelay })
  const authenticator = createKeyAuthenticator({ directory, admission }, { query: false })

  function forget(ref: string | null): void {
    if (ref === null || ref.startsWith('key_')) directory.forget(ref)
    else directory.forgetOwner(ref)
  }

  return Object.freeze({ authenticator, forget })
}
