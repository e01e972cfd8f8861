import type { IdentityDeps } from '../../deps.ts'
import type { Invitations } from '../../person/invited.ts'
import { tablesOf } from '../../tables.ts'
import { digestOf, isToken } from '../../token.ts'
import { tellAccepted } from './accept.ts'
import { findStanding, takeInvitation } from './store.ts'

/** Invitations as far as registering needs them: it makes the person a member of the organization that invited. */
export function createInvitationDoor(deps: Pick<IdentityDeps, 'store' | 'clock' | 'audit'>): Invitations {
  const { store, clock } = deps

  const find: Invitations['find'] = async (token) =>
    isToken('spi', token) ? findStanding(tablesOf(store), digestOf(token), clock.now()) : null

  const take: Invitations['take'] = async (tx, token, person, caller) => {
    const taken = await takeInvitation(tx, digestOf(token), clock.now())
    if (taken !== null) await tellAccepted(deps, tx, taken, person, caller)
    return taken !== null
  }

  return Object.freeze({ find, take })
}
