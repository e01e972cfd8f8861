import type { NoteUse } from '../../access/index.ts'
import type { Address, Principal, Problem } from '../../core/index.ts'
import type { RuleState } from '../../limits/index.ts'
import type { Key } from '../key.ts'
import { refuseKey, type VerificationCode } from '../problems.ts'
import type { QuotaAnswer, Usage } from '../usage.ts'
import { judge, type Use } from './check.ts'
import type { Directory, Found } from './directory.ts'
import type { Entry } from './entry.ts'
import type { LimitAnswer, LimitCheck } from './limit.ts'

/** One question about a presented key. What is left out is not known, and rules that need it then refuse. */
export type VerifyInput = {
  readonly key: string
  readonly address?: Address | null
  readonly domain?: string | null
  readonly method?: string | null
  readonly path?: string | null
  readonly scopes?: readonly string[]
  readonly permissions?: readonly string[]
  readonly mfa?: boolean
  /** Say what would be decided, count and charge nothing. */
  readonly dry?: boolean
}

/** The answer. `key` is known whenever the secret was proved, even when the use is refused. */
export type Verification =
  | {
      readonly valid: true
      readonly code: 'VALID'
      readonly key: Key
      readonly principal: Principal
      readonly limits: readonly RuleState[]
      readonly quota: QuotaAnswer | null
    }
  | {
      readonly valid: false
      readonly code: VerificationCode
      readonly problem: Problem
      readonly key: Key | null
      readonly limits: readonly RuleState[]
      readonly quota: QuotaAnswer | null
    }

export type Verify = (input: VerifyInput) => Verification | Promise<Verification>

/**
 * The one function behind every door that takes keys (row K11): parse, checksum, find, compare, then every rule in the
 * order of `CHECKS`, then the limits. A warm key is answered at once, without a promise, unless its usage limit is exact
 * or its rate limits are shared on Redis. The use has no length here, so the key's places among requests at once are
 * not asked for: the gateway and the middleware hold them.
 *
 * @example
 * const answer = await keys.verify({ key: text, address: parseAddress('192.0.2.7'), scopes: ['orders:read'] })
 * if (!answer.valid) console.log(answer.code)
 */
export function createVerify(deps: {
  directory: Directory
  check: LimitCheck
  usage: Usage
  /** Takes down what of what its owner holds was asked for. */
  noteUse?: NoteUse | undefined
  now: () => number
}): Verify {
  return (input) => {
    const found = deps.directory.find(input.key)
    return found instanceof Promise ? found.then((it) => afterFinding(input, it)) : afterFinding(input, found)
  }

  function afterFinding(input: VerifyInput, found: Found): Verification | Promise<Verification> {
    if (found.is === 'unproven') return refusal(refuseKey(found.code), null)
    const { entry } = found
    const problem = judge(entry, useOf(input), deps.now())
    if (problem !== null) return refusal(problem, entry.key)
    const answer = deps.check(entry, { dry: input.dry === true })
    return answer instanceof Promise
      ? answer.then((it) => afterLimits(input, entry, it))
      : afterLimits(input, entry, answer)
  }

  function afterLimits(input: VerifyInput, entry: Entry, answer: LimitAnswer): Verification {
    const { problem, states, quota } = answer
    if (problem !== null) return { ...refusal(problem, entry.key), limits: states, quota }
    if (input.dry !== true) {
      deps.usage.count(entry.key.id, input.address?.text ?? null)
      deps.noteUse?.(entry.principal, input)
    }
    return { valid: true, code: 'VALID', key: entry.key, principal: entry.principal, limits: states, quota }
  }
}

function useOf(input: VerifyInput): Use {
  return {
    address: input.address ?? null,
    domain: input.domain ?? null,
    method: input.method ?? null,
    path: input.path ?? null,
    scopes: input.scopes ?? NOTHING,
    permissions: input.permissions ?? NOTHING,
    mfa: input.mfa ?? false,
  }
}

function refusal(problem: Problem, key: Key | null): Extract<Verification, { valid: false }> {
  return { valid: false, code: problem.code as VerificationCode, problem, key, limits: [], quota: null }
}

const NOTHING: readonly string[] = Object.freeze([])
