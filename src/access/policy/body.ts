import { done, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Trial } from './dry-run.ts'
import type { Policy, PolicyContent, PolicyExample, PolicyVersion } from './policy.ts'
import type { ChangePolicyBody, DryRunAsked, ExampleBody, NewPolicyBody, PolicyBody } from './schemas.ts'

export function newPolicyOf({
  name,
  text,
  description = '',
  enabled = true,
  examples = [],
}: NewPolicyBody): PolicyContent {
  return { name, text, description, enabled, examples: examples.map(exampleOf) }
}

export function policyChangeOf({ examples, ...change }: ChangePolicyBody): Partial<PolicyContent> {
  return { ...change, ...(examples === undefined ? {} : { examples: examples.map(exampleOf) }) }
}

export function policyBody({ createdAt, changedAt, ...policy }: Policy): PolicyBody {
  const { examples, ...rest } = policy
  return {
    ...rest,
    examples: [...examples] as PolicyBody['examples'],
    createdAt: iso(createdAt),
    changedAt: iso(changedAt),
  }
}

export function versionBody({ changedAt, ...version }: PolicyVersion): object {
  return { ...version, changedAt: iso(changedAt) }
}

/** What is tried: a new policy without an id; with one, that policy changed or removed. Errors: `INPUT_INVALID`. */
export function trialOf({ id, remove = false, policy = {} }: DryRunAsked): Result<Trial> {
  if (id !== undefined) {
    return done({ policy: remove ? { is: 'removed', id } : { is: 'changed', id, change: policyChangeOf(policy) } })
  }
  const { name = 'tried', text, ...rest } = policy
  if (text !== undefined && !remove)
    return done({ policy: { is: 'new', content: newPolicyOf({ name, text, ...rest }) } })
  const errors = [{ path: remove ? 'id' : 'policy.text', message: 'is missing' }]
  return refused(refuseHttp('INPUT_INVALID', { errors }))
}

function exampleOf({ name, principal, action, resource, context = {}, expect }: ExampleBody): PolicyExample {
  return {
    name,
    principal: { roles: [], properties: {}, ...principal },
    action,
    resource: { properties: {}, ...resource, id: resource.id ?? null },
    context,
    expect,
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
