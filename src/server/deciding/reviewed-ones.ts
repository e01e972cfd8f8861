import type { Reviewed, ReviewedOnes } from '../../access/index.ts'
import { done } from '../../core/index.ts'
import type { Identity } from '../../identity/index.ts'
import type { Program, Programs } from './programs.ts'

type Parts = {
  readonly identity: { readonly people: Pick<Identity['people'], 'get' | 'list'> }
  readonly programs: Pick<Programs, 'get' | 'list'>
}

/** Members and programs of the caller's organization, as far as a review needs them. */
export function reviewedOnesOf({ identity, programs }: Parts): ReviewedOnes {
  return Object.freeze<ReviewedOnes>({
    list: async (kind, part, caller) => {
      if (kind === 'user') {
        const { items, next } = await identity.people.list({}, part, caller)
        return { items: items.map(personReviewed), next }
      }
      const { items, next } = await programs.list(part, caller)
      return { items: items.map(programReviewed), next }
    },
    get: async ({ kind, id }, caller) => {
      if (kind === 'user') {
        const found = await identity.people.get(id, caller)
        return found.ok ? done(personReviewed(found.value)) : found
      }
      const found = await programs.get(id, caller)
      return found.ok ? done(programReviewed(found.value)) : found
    },
  })
}

type Person = Extract<Awaited<ReturnType<Identity['people']['get']>>, { ok: true }>['value']

function personReviewed({ person, membership }: Person): Reviewed {
  return {
    principal: { kind: 'user', id: person.id },
    name: person.name,
    enabled: person.enabled,
    grants: membership,
    since: membership.createdAt,
  }
}

function programReviewed(program: Program): Reviewed {
  const { id, name, enabled, createdAt } = program
  return { principal: { kind: 'service', id }, name, enabled, grants: program, since: createdAt }
}
