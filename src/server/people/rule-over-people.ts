import { type Access, missingPermissions, missingScopes } from '../../access/index.ts'
import type { Caller, Problem } from '../../core/index.ts'
import { type Identity, refuseIdentity } from '../../identity/index.ts'

/**
 * Makes the answer to why a caller may not end what a person has in the caller's organization: nobody may who holds less
 * there than the person does. What that person holds elsewhere is not touched, and does not count.
 */
export function createMembershipProblem(
  { holdingOf, withGiven }: Pick<Access, 'holdingOf' | 'withGiven'>,
  people: Pick<Identity['people'], 'get'>,
) {
  return async (personId: string, caller: Caller): Promise<Problem | null> => {
    const found = await people.get(personId, caller)
    if (!found.ok) return found.problem
    if (caller.principal.id === personId) return null
    const { membership } = found.value
    const { organization } = membership
    const { permissions, scopes } = holdingOf(organization, withGiven(organization, personId, membership))
    const { principal } = caller
    const lacking = [
      ...missingPermissions(principal.permissions, permissions),
      ...missingScopes(principal.scopes, scopes),
    ]
    return lacking.length > 0 ? refuseIdentity('USER_OUTRANKS') : null
  }
}
