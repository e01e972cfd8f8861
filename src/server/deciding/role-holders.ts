import { createGrantedRoleHolders, type Grantee, type RoleHolders } from '../../access/index.ts'
import { actorOf, type Caller, type Clock, type Problem } from '../../core/index.ts'
import type { Identity } from '../../identity/index.ts'
import type { Keys } from '../../keys/index.ts'
import type { AuthorizationServer, Clients } from '../../oauth/index.ts'

type Parts = {
  readonly clock: Clock
  readonly identity: Pick<Identity, 'roleHolders'>
  readonly keys: Pick<Keys, 'roleHolders'>
  readonly clients: Pick<Clients, 'roleHolders'>
  readonly authorization: Pick<AuthorizationServer, 'endings'>
}

/** Everybody and everything that can have a role, and what was signed of what they hold. */
export function roleHoldersOf({ clock, identity, keys, clients, authorization }: Parts): RoleHolders {
  const parts = [identity.roleHolders, keys.roleHolders, clients.roleHolders, createGrantedRoleHolders({ clock })]
  return Object.freeze<RoleHolders>({
    find: async (tx, organization, roles) => {
      const found = []
      for (const part of parts) found.push(...(await part.find(tx, organization, roles)))
      return found
    },
    take: async (tx, organization, role, caller) => {
      for (const part of parts) {
        const problem = await part.take(tx, organization, role, caller)
        if (problem !== null) return problem
      }
      return null
    },
    changeProblem: identity.roleHolders.changeProblem,
    weaken: async (tx, holders, caller) => {
      const signed = holders.filter(({ kind }) => kind === 'user' || kind === 'service')
      for (const { id } of signed) await authorization.endings.ofRights(tx, id, actorOf(caller))
      const programs = holders.filter(({ kind }) => kind === 'client')
      await tx.across('what a client has in its own name was made in no organization', async () => {
        for (const { id } of programs) await authorization.endings.ofClientRights(tx, id, actorOf(caller))
      })
    },
  })
}

/** Makes the answer to why somebody cannot be granted anything: they are no member or service of the caller's organization. */
export function createGranteeProblem({
  identity,
  keys,
}: {
  readonly identity: { readonly people: Pick<Identity['people'], 'get'> }
  readonly keys: { readonly services: Pick<Keys['services'], 'get'> }
}) {
  return async ({ kind, id }: Grantee, caller: Caller): Promise<Problem | null> => {
    const found = kind === 'user' ? await identity.people.get(id, caller) : await keys.services.get(id, caller)
    return found.ok ? null : found.problem
  }
}
