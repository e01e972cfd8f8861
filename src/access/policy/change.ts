import { type Caller, done, type EventInput, organizationOf, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Policy, PolicyBook, PolicyContent } from './policy.ts'
import { refusePolicy } from './problems.ts'
import { type Draft, type PolicyDeps, save } from './save.ts'
import { deletePolicyRow, listVersionRows, policyTables, writePolicy } from './store.ts'

/** Which policy, and the version that may be changed; null for whatever it is now. */
export type PolicyTarget = { readonly id: string; readonly version: number | null }

/** Changes a policy; see `Policies.change`. */
export function createPolicyChange(deps: PolicyDeps) {
  return (target: PolicyTarget, change: Partial<PolicyContent>, caller: Caller): Promise<Result<Policy>> =>
    save(deps, caller, (book) => {
      const before = targeted(book, target)
      if (!before.ok) return before
      const after = stamped(deps, { ...before.value, ...change }, caller)
      const { name, version } = after
      const fields = Object.keys(change).sort().join(' ')
      return done(replacing(book, after, { type: 'policy.updated', details: { name, fields, version } }))
    })
}

/** Lets a policy say again what it said at a version; see `Policies.rollBack`. */
export function createPolicyRollBack(deps: PolicyDeps) {
  return async (target: PolicyTarget, to: number, caller: Caller): Promise<Result<Policy>> => {
    const organization = organizationOf(caller)
    const versions = await listVersionRows(policyTables(deps.store), target.id, organization)
    const then = versions.find(({ version }) => version === to)
    return save(deps, caller, (book) => {
      const before = targeted(book, target)
      if (!before.ok) return before
      if (then === undefined) return refused(refusePolicy('POLICY_VERSION_UNKNOWN'))
      const { name, description, text, enabled, examples } = then
      const after = stamped(deps, { ...before.value, name, description, text, enabled, examples }, caller)
      return done(replacing(book, after, { type: 'policy.rolled_back', details: { name, to, version: after.version } }))
    })
  }
}

/** Deletes a policy; see `Policies.remove`. */
export function createPolicyRemove(deps: PolicyDeps) {
  return (target: PolicyTarget, caller: Caller): Promise<Result<Policy>> =>
    save(deps, caller, (book) => {
      const before = targeted(book, target)
      if (!before.ok) return before
      const { id, name } = before.value
      return done({
        book: { ...book, policies: book.policies.filter((policy) => policy.id !== id) },
        write: async (tx) => {
          await deletePolicyRow(tx, id)
          return before
        },
        event: { type: 'policy.deleted', outcome: 'success', resource: id, details: { name } },
      })
    })
}

/** The policy that a change is about. Errors: `POLICY_UNKNOWN`, `VERSION_STALE`. */
export function targeted({ policies }: PolicyBook, { id, version }: PolicyTarget): Result<Policy> {
  const policy = policies.find((it) => it.id === id)
  if (policy === undefined) return refused(refusePolicy('POLICY_UNKNOWN'))
  return version === null || version === policy.version ? done(policy) : refused(refuseHttp('VERSION_STALE'))
}

function stamped({ clock }: PolicyDeps, policy: Policy, caller: Caller): Policy {
  return { ...policy, changedAt: clock.now(), changedBy: caller.principal.id, version: policy.version + 1 }
}

function replacing(book: PolicyBook, after: Policy, event: Pick<EventInput, 'type' | 'details'>): Draft<Policy> {
  return {
    book: { ...book, policies: book.policies.map((policy) => (policy.id === after.id ? after : policy)) },
    write: async (tx) => {
      await writePolicy(tx, after)
      return done(after)
    },
    event: { ...event, outcome: 'success', resource: after.id },
  }
}
