import { actorOf } from '../../core/index.ts'
import type { CreateIdentityDeps } from '../../identity/index.ts'
import type { AuthorizationServer } from '../../oauth/index.ts'

/**
 * What ends with sessions of people: identity knows sessions, the authorization server knows what hangs on them, and both
 * meet here.
 *
 * @param server called when first needed, because it is made after people
 */
export function whatHangsOnSessions(
  server: () => Pick<AuthorizationServer, 'endings'>,
): Pick<CreateIdentityDeps, 'onSessionsEnded'> {
  return {
    onSessionsEnded: (tx, { sessions, reach, caller }) =>
      tx.across('what hangs on a session may be of no organization', async () => {
        const { endings } = server()
        const by = actorOf(caller)
        await endings.ofSessions(tx, sessions, by)
        if (reach.is === 'person') await endings.ofPerson(tx, reach.personId, reach.but, by)
        if (reach.is === 'rights') await endings.ofRights(tx, reach.personId, by)
        if (reach.is === 'organization') await endings.ofOrganization(tx, reach.organization, by)
      }),
  }
}
