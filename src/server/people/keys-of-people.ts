import type { Caller } from '../../core/index.ts'
import { systemPrincipal } from '../../core/index.ts'
import type { CreateIdentityDeps } from '../../identity/index.ts'
import type { Keys } from '../../keys/index.ts'

const AT_ONCE = 100
const MOST_PAGES = 10

/**
 * What happens to the keys of people: identity knows people, keys know keys, and both meet here.
 *
 * @param keys called when first needed, because keys are made after people
 */
export function keysOfPeople(keys: () => Keys): Pick<CreateIdentityDeps, 'revokeKeysOf' | 'findKeysOf'> {
  const revokeKeysOf: CreateIdentityDeps['revokeKeysOf'] = async (personId, organizations, caller) => {
    let revoked = 0
    for (const organization of organizations) {
      revoked += await keys().revokeMany({ ownerId: personId }, 'its owner was erased', within(organization, caller))
    }
    return revoked
  }

  const findKeysOf: CreateIdentityDeps['findKeysOf'] = async (personId, organizations) => {
    const found: { id: string; name: string }[] = []
    for (const organization of organizations) found.push(...(await namesIn(keys(), personId, organization)))
    return found
  }

  return { revokeKeysOf, findKeysOf }
}

/** Who acts, with the reach that it takes to see another person's keys in an organization. */
function within(organization: string, { principal, ...rest }: Caller): Caller {
  return { ...rest, principal: { ...principal, organization, permissions: ['*'] } }
}

async function namesIn(keys: Keys, ownerId: string, organization: string): Promise<{ id: string; name: string }[]> {
  const principal = systemPrincipal('identity', organization)
  const caller: Caller = { principal, address: null, userAgent: null, requestId: null }
  const names: { id: string; name: string }[] = []
  let before: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const part = await keys.list({ ownerId }, { before, limit: AT_ONCE }, caller)
    names.push(...part.items.map(({ id, name }) => ({ id, name })))
    before = part.next
    if (before === null) break
  }
  return names
}
