import type { CreateIdentityDeps } from '../../identity/index.ts'
import type { Keys } from '../../keys/index.ts'
import type { AuthorizationServer } from '../../oauth/index.ts'
import { across } from '../../store/index.ts'
import { keysOfPeople } from './keys-of-people.ts'

/**
 * What goes with people who are erased: their keys, and what they agreed to.
 *
 * @param keys called when first needed, because keys are made after people
 * @param server the same
 */
export function whatGoesWithPeople(
  keys: () => Keys,
  server: () => Pick<AuthorizationServer, 'consents'>,
): Pick<CreateIdentityDeps, 'revokeKeysOf' | 'findKeysOf'> {
  const ofKeys = keysOfPeople(keys)
  const revokeKeysOf: CreateIdentityDeps['revokeKeysOf'] = (personId, organizations, caller) =>
    across('what somebody has is ended in every organization', async () => {
      await server().consents.withdrawAll({ personId, organization: null }, caller)
      return ofKeys.revokeKeysOf(personId, organizations, caller)
    })
  return { ...ofKeys, revokeKeysOf }
}
