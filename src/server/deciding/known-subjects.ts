import type { Access, KnownSubject } from '../../access/index.ts'
import { type Caller, systemPrincipal } from '../../core/index.ts'
import type { Identity } from '../../identity/index.ts'
import type { Programs } from './programs.ts'

/** People and programs, as decisions know them. */
export type KnownSubjects = {
  /** What somebody of an organization holds, and what is told of them; null for nobody, and for who may not come in. */
  readonly find: (organization: string, type: string, id: string) => Promise<KnownSubject | null>
  /** Ids in their order, continuing after one. */
  readonly after: (organization: string, type: string, after: string, limit: number) => Promise<readonly string[]>
}

export function createKnownSubjects(deps: {
  access: Pick<Access, 'holdingOf' | 'withGiven'>
  identity: Pick<Identity, 'accountOf' | 'people'>
  programs: Pick<Programs, 'get' | 'idsAfter'>
}): KnownSubjects {
  const { access, identity, programs } = deps

  async function person(organization: string, id: string): Promise<KnownSubject | null> {
    const account = await identity.accountOf(id, organization)
    if (account === null) return null
    const { email, email_verified: emailVerified, name, locale: language } = account.claims
    const properties = { email, emailVerified, name, language } as KnownSubject['properties']
    const { permissions } = access.holdingOf(organization, account.grants)
    return { roles: account.grants.roles, permissions, properties }
  }

  async function program(organization: string, id: string): Promise<KnownSubject | null> {
    const found = await programs.get(id, lookingIn(organization))
    if (!found.ok || !found.value.enabled) return null
    const given = access.withGiven(organization, id, found.value)
    const { permissions } = access.holdingOf(organization, given)
    return { roles: given.roles, permissions, properties: { name: found.value.name } }
  }

  return Object.freeze({
    find: async (organization: string, type: string, id: string) => {
      if (type === 'user') return person(organization, id)
      return type === 'service' ? program(organization, id) : null
    },
    after: async (organization: string, type: string, after: string, limit: number) => {
      if (type === 'user') return identity.people.idsAfter(organization, after, limit)
      return type === 'service' ? programs.idsAfter(organization, after, limit) : []
    },
  })
}

function lookingIn(organization: string): Caller {
  return { principal: systemPrincipal('decisions', organization), address: null, userAgent: null, requestId: null }
}
