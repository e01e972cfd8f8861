import { type Access, missingPermissions, missingScopes } from '../../../access/index.ts'
import type { Caller, Problem } from '../../../core/index.ts'
import type { Membership } from '../../person/person.ts'
import { refuseIdentity } from '../../problems.ts'

/**
 * Why somebody may not act on a membership: it holds what they do not. What its person holds elsewhere does not count,
 * since it is not touched: whoever runs an organization can remove everybody who is less there than they are.
 */
export function outranksHereProblem(
  { access }: { readonly access: Access },
  membership: Membership,
  { principal }: Caller,
): Problem | null {
  if (principal.id === membership.personId) return null
  const { organization, personId } = membership
  const { scopes, permissions } = access.holdingOf(organization, access.withGiven(organization, personId, membership))
  const lacking =
    missingPermissions(principal.permissions, permissions).length + missingScopes(principal.scopes, scopes).length
  return lacking > 0 ? refuseIdentity('USER_OUTRANKS') : null
}
