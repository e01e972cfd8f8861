import { holdingOf } from '../../access/index.ts'
import type { Principal } from '../../core/index.ts'
import type { Membership, Person } from '../person/person.ts'
import { assuranceOf, type Session } from './session.ts'

/** A session as it is held warm: who acts in it, and until when. */
export type SessionEntry = {
  readonly session: Session
  readonly personId: string
  readonly principal: Principal
  /** When it was last used as far as this process knows; milliseconds. */
  usedAt: number
  /** Where it was last used from. */
  address: string | null
  /** When a use was last written. */
  writtenAt: number
  /** Something of it changed: it is read again before it counts. */
  stale: boolean
}

export function entryOf(session: Session, person: Person, membership: Membership): SessionEntry {
  return {
    session,
    personId: person.id,
    principal: principalOf(session, membership),
    usedAt: session.usedAt,
    address: session.address,
    writtenAt: session.usedAt,
    stale: false,
  }
}

function principalOf(session: Session, membership: Membership): Principal {
  const { scopes, permissions } = holdingOf(membership)
  return Object.freeze({
    kind: 'user',
    id: session.personId,
    organization: session.organization,
    scopes,
    permissions,
    credential: Object.freeze({ kind: 'session', id: session.id }),
    assurance: Object.freeze(assuranceOf(session.proofs)),
    ...(session.impersonation === null ? {} : { actor: session.impersonation.by }),
  })
}
