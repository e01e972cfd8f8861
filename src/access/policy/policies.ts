import { type Caller, done, organizationOf, type Result, refused } from '../../core/index.ts'
import type { Idempotency } from '../../http/index.ts'
import { type Books, createBooks } from './books.ts'
import { createPolicyChange, createPolicyRemove, createPolicyRollBack, type PolicyTarget } from './change.ts'
import { createPolicyMake, type MadePolicy } from './create.ts'
import { createDryRun, type DryRun, type DryRunDeps, type Trial } from './dry-run.ts'
import type { Policy, PolicyContent, PolicyVersion } from './policy.ts'
import { refusePolicy } from './problems.ts'
import type { PolicyDeps } from './save.ts'
import { createSchemaChange, createSchemaRead, type PolicySchema } from './schema.ts'
import { findPolicyRow, listPolicyRows, listVersionRows, policyTables } from './store.ts'

/**
 * The policies of organizations (row A3). Whatever changes them answers `POLICY_INVALID` where Cedar finds a fault,
 * `POLICY_EXAMPLE_FAILED` where an example is answered otherwise, and `POLICY_LIMIT_REACHED`; nothing is saved then.
 */
export type Policies = {
  /** What the policies of an organization say: a plain value once they are ready. */
  readonly judge: Books['judge']
  /** The actions that the policies and the schema of an organization name. */
  readonly actions: Books['actions']
  /** The roles that the enabled policies of an organization name. */
  readonly roles: Books['roles']
  /** Errors: `POLICY_NAME_TAKEN`, `IDEMPOTENCY_KEY_REUSED`. */
  readonly create: (
    content: PolicyContent,
    caller: Caller,
    idempotency: Idempotency | null,
  ) => Promise<Result<MadePolicy>>
  /** Errors: `POLICY_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<Policy>>
  /** Newest first, continuing before an id. */
  readonly list: (part: { readonly before: string | null; readonly limit: number }, caller: Caller) => Promise<Policy[]>
  /** Errors: `POLICY_UNKNOWN`, `POLICY_NAME_TAKEN`, `VERSION_STALE`. */
  readonly change: (target: PolicyTarget, change: Partial<PolicyContent>, caller: Caller) => Promise<Result<Policy>>
  /** Lets it say again what it said; that is a new version. Errors: `POLICY_UNKNOWN`, `POLICY_VERSION_UNKNOWN`, `VERSION_STALE`. */
  readonly rollBack: (target: PolicyTarget, to: number, caller: Caller) => Promise<Result<Policy>>
  /** Errors: `POLICY_UNKNOWN`, `VERSION_STALE`. */
  readonly remove: (target: PolicyTarget, caller: Caller) => Promise<Result<Policy>>
  /** What a policy said, newest first: its latest hundred versions. Errors: `POLICY_UNKNOWN`. */
  readonly versions: (id: string, caller: Caller) => Promise<Result<PolicyVersion[]>>
  readonly schema: (caller: Caller) => Promise<PolicySchema>
  /** Errors: `VERSION_STALE`. */
  readonly changeSchema: (version: number | null, added: string | null, caller: Caller) => Promise<Result<PolicySchema>>
  /** Asks recorded questions by a change that is not saved. Errors: `POLICY_UNKNOWN`, and those of a save. */
  readonly dryRun: (trial: Trial, caller: Caller) => Promise<Result<DryRun>>
  readonly stop: () => void
}

export type PoliciesDeps = PolicyDeps & Pick<DryRunDeps, 'questions' | 'holdings' | 'relations'>

/**
 * Opens the policies of organizations.
 *
 * @example
 * const policies = createPolicies({ store, audit, clock, questions, holdings, relations })
 * await policies.judge('org_default', question) // { outcome: 'allow', because: ['editors'] }
 */
export function createPolicies(deps: PoliciesDeps): Policies {
  const books = createBooks(deps)
  const tables = policyTables(deps.store)

  const get: Policies['get'] = async (id, caller) => {
    const policy = await findPolicyRow(tables, id, organizationOf(caller))
    return policy === null ? refused(refusePolicy('POLICY_UNKNOWN')) : done(policy)
  }

  const versions: Policies['versions'] = async (id, caller) => {
    const policy = await get(id, caller)
    return policy.ok ? done(await listVersionRows(tables, id, organizationOf(caller))) : policy
  }

  return Object.freeze({
    judge: books.judge,
    actions: books.actions,
    roles: books.roles,
    create: createPolicyMake(deps),
    get,
    list: (part, caller) => listPolicyRows(tables, organizationOf(caller), part),
    change: createPolicyChange(deps),
    rollBack: createPolicyRollBack(deps),
    remove: createPolicyRemove(deps),
    versions,
    schema: createSchemaRead(deps),
    changeSchema: createSchemaChange(deps),
    dryRun: createDryRun(deps),
    stop: books.stop,
  } satisfies Policies)
}
