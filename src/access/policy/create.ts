import { type Caller, createId, done, organizationOf, type Result, refused } from '../../core/index.ts'
import { answerRepeat, type Idempotency } from '../../http/index.ts'
import { claimIdempotency, type Transaction } from '../../store/index.ts'
import type { Policy, PolicyBook, PolicyContent } from './policy.ts'
import { refusePolicy } from './problems.ts'
import { type Draft, type PolicyDeps, save } from './save.ts'
import { findPolicyRow, policyTables, writePolicy } from './store.ts'

export type MadePolicy = { readonly policy: Policy; readonly repeated: boolean }

/** Makes a policy; see `Policies.create`. */
export function createPolicyMake(deps: PolicyDeps) {
  return async (
    content: PolicyContent,
    caller: Caller,
    idempotency: Idempotency | null,
  ): Promise<Result<MadePolicy>> => {
    const policy = newPolicy(content, deps.clock.now(), caller)
    const repeat = (tx: Transaction) => madeBefore(tx, policy, idempotency, deps.clock.now())
    const made = await save(deps, caller, (book) => draw(book, policy, repeat))
    if (made.ok || idempotency === null) return made
    // The name may be taken by what the same request made before.
    return deps.store.write(async (tx) => (await repeat(tx)) ?? refused(made.problem))
  }
}

function draw(
  book: PolicyBook,
  policy: Policy,
  repeat: Draft<MadePolicy>['repeat'] & object,
): Result<Draft<MadePolicy>> {
  return done({
    book: { ...book, policies: [...book.policies, policy] },
    repeat,
    write: async (tx) => {
      await writePolicy(tx, policy)
      return done({ policy, repeated: false })
    },
    event: {
      type: 'policy.created',
      outcome: 'success',
      resource: policy.id,
      details: { name: policy.name, enabled: policy.enabled },
    },
  })
}

function newPolicy(content: PolicyContent, now: number, caller: Caller): Policy {
  const by = caller.principal.id
  const stamp = { createdAt: now, createdBy: by, changedAt: now, changedBy: by, version: 1 }
  return { ...content, id: createId('pol', now), organization: organizationOf(caller), ...stamp }
}

function madeBefore(
  tx: Transaction,
  { id, organization }: Policy,
  idempotency: Idempotency | null,
  now: number,
): Promise<Result<MadePolicy> | null> {
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  return answerRepeat(idempotency, claim, async (ref) => {
    const policy = await findPolicyRow(policyTables(tx), ref, organization)
    return policy === null ? refused(refusePolicy('POLICY_UNKNOWN')) : done({ policy, repeated: true })
  })
}
