import { notPermitted, notTheirs, type ObjectAsk, type ObjectAsks } from './access/index.ts'
import { NAME } from './config/index.ts'
import type { Principal } from './core/index.ts'
import { type Link, type PolicyRule, type RelationRule, refuseGuard } from './middleware/index.ts'

type Rule = Pick<PolicyRule, 'type' | 'from' | 'name' | 'otherwise'>

const NAMED = new RegExp(NAME)

/** Reads what `requireRelation` is given. @throws TypeError for what could not be asked */
export function relationRuleOf({ relation, ...rule }: RelationRule): Parameters<ObjectAsks['relation']>[0] {
  refuseUnnamed('relation', relation)
  if (rule.name == null) throw new TypeError('name must be the parameter that names the object')
  return { relation, type: rule.type, otherwise: otherwiseOf(rule) ?? '404' }
}

/** Reads what `requirePolicy` is given. @throws TypeError for what could not be asked */
export function policyRuleOf({ action, ...rule }: PolicyRule): Parameters<ObjectAsks['policy']>[0] {
  refuseUnnamed('action', action)
  if (rule.name == null && rule.from !== undefined) throw new TypeError('from says nothing without a name')
  return { action, type: rule.type, name: rule.name ?? null, otherwise: otherwiseOf(rule) ?? '403' }
}

function otherwiseOf({ type, from = 'path', name, otherwise }: Rule): Rule['otherwise'] {
  refuseUnnamed('type', type)
  if (from !== 'path' && from !== 'query') throw new TypeError('from must be path or query')
  if (name != null && (typeof name !== 'string' || name === '')) throw new TypeError('name must be a parameter')
  if (otherwise === undefined || otherwise === '404' || otherwise === '403') return otherwise
  throw new TypeError('otherwise must be "404" or "403"')
}

function refuseUnnamed(field: string, value: unknown): void {
  if (typeof value === 'string' && NAMED.test(value)) return
  throw new TypeError(`${field} must be a name such as document: a letter, then letters, digits, ".", "_" or "-"`)
}

/**
 * Asks a server, whose tuples and policies decide. While it does not answer, nobody is let through.
 *
 * @param deps.onError told of the first question that was not answered, and again only after one was
 */
export function createDistantAsks(deps: { link: Pick<Link, 'post'>; onError: (error: unknown) => void }): ObjectAsks {
  let failing = false

  async function answerTo(question: object): Promise<Answer> {
    const answer = answerOf(await deps.link.post('/v1/access/guards', question))
    failing = false
    return answer
  }

  function askOf(asked: object, refuse: (reason: string) => ReturnType<typeof notTheirs>, named: boolean): ObjectAsk {
    return async ({ principal, request }, id) => {
      const { kind, id: who, organization, permissions, assurance } = principal
      const key = keyOf(principal)
      if (organization === null || (named && id === null)) return refuse('names no object')
      const { method, path, client } = request
      const question = {
        ...asked,
        id,
        principal: { kind, id: who, organization, permissions, acr: assurance?.acr ?? null, ...key },
        request: { method, path, ip: client.text },
      }
      try {
        const { allowed, reason } = await answerTo(question)
        return allowed ? undefined : refuse(reason ?? 'not said why')
      } catch (error) {
        if (!failing) deps.onError(error)
        failing = true
        return refuseGuard('GUARD_UNAVAILABLE', { retryAfter: 5, reason: String(error) })
      }
    }
  }

  return Object.freeze({
    relation: ({ relation, type, otherwise }) =>
      askOf({ relation: { relation, type } }, (reason) => notTheirs(otherwise, reason), true),
    policy: ({ action, type, name, otherwise }) => {
      const whole = name === null
      return askOf({ policy: { action, type, whole } }, (reason) => notPermitted(otherwise, reason), !whole)
    },
  } satisfies ObjectAsks)
}

type Answer = { readonly allowed: boolean; readonly reason: string | null }

function answerOf(value: unknown): Answer {
  if (typeof value === 'object' && value !== null && 'allowed' in value && typeof value.allowed === 'boolean') {
    return value as Answer
  }
  throw new Error('the server answered something else than a decision')
}

function keyOf({ credential }: Pick<Principal, 'credential'>) {
  const { id, classification, environment } = credential ?? {}
  if (credential?.kind !== 'api_key' || classification === undefined || environment === undefined) return {}
  return { key: { id, classification, environment } }
}
