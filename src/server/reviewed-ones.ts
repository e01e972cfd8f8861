import type { Reviewed, ReviewedOnes } from '../access/index.ts'
import { done } from '../core/index.ts'
import type { Identity } from '../identity/index.ts'
import type { Keys } from '../keys/index.ts'

type Parts = {
  readonly identity: { readonly people: Pick<Identity['people'], 'get' | 'list'> }
  readonly keys: { readonly services: Pick<Keys['services'], 'get' | 'list'> }
}

/** Members and services of the caller's organization, as far as a review needs them. */
export function reviewedOnesOf({ identity, keys }: Parts): ReviewedOnes {
  return Object.freeze<ReviewedOnes>({
    list: async (kind, part, caller) => {
      if (kind === 'user') {
        const { items, next } = await identity.people.list({}, part, caller)
        return { items: items.map(personReviewed), next }
      }
      const found = await keys.services.list({ ...part, limit: part.limit + 1 }, caller)
      const items = found.slice(0, part.limit)
      return {
        items: items.map(serviceReviewed),
        next: found.length > part.limit ? (items.at(-1)?.id ?? null) : null,
      }
    },
    get: async ({ kind, id }, caller) => {
      if (kind === 'user') {
        const found = await identity.people.get(id, caller)
        return found.ok ? done(personReviewed(found.value)) : found
      }
      const found = await keys.services.get(id, caller)
      return found.ok ? done(serviceReviewed(found.value)) : found
    },
  })
}

type Person = Extract<Awaited<ReturnType<Identity['people']['get']>>, { ok: true }>['value']
type Service = Extract<Awaited<ReturnType<Keys['services']['get']>>, { ok: true }>['value']

function personReviewed({ person, membership }: Person): Reviewed {
  return {
    principal: { kind: 'user', id: person.id },
    name: person.name,
    enabled: person.enabled,
    grants: membership,
    since: membership.createdAt,
  }
}

function serviceReviewed(service: Service): Reviewed {
  const { id, name, enabled, createdAt } = service
  return { principal: { kind: 'service', id }, name, enabled, grants: service, since: createdAt }
}
