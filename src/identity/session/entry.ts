import type { Holding } from '../../access/index.ts'
import type { Principal } from '../../core/index.ts'
import type { Person } from '../person/person.ts'
import { assuranceOf, type Session } from './session.ts'

/** A session as it is held warm: who acts in it, and until when. */
export type SessionEntry = {
  readonly session: Session
  readonly personId: string
  readonly principal: Principal
  /** Shared by every reading of one session, so that a use that is not written yet is never lost. */
  use: SessionUseMark
  /** Where it was last used from. */
  address: string | null
  /** When its person loses something by time, in milliseconds: then it is read again. */
  readonly holdsUntil: number
  /** Something of it changed: it is read again before it counts. */
  stale: boolean
}

/** When a session was last used as far as this process knows, and when that was last written; milliseconds. */
export type SessionUseMark = { at: number; writtenAt: number }

/** What somebody holds, and when the first of it ends by itself. */
type Held = Holding & { readonly roles: readonly string[]; readonly until: number | null }

export function entryOf(session: Session, person: Person, held: Held): SessionEntry {
  return {
    session,
    personId: person.id,
    principal: principalOf(session, held),
    use: { at: session.usedAt, writtenAt: session.usedAt },
    address: session.address,
    holdsUntil: held.until ?? Number.POSITIVE_INFINITY,
    stale: false,
  }
}

function principalOf(session: Session, { scopes, permissions, roles }: Held): Principal {
  return Object.freeze({
    kind: 'user',
    id: session.personId,
    organization: session.organization,
    scopes,
    permissions,
    roles,
    credential: Object.freeze({ kind: 'session', id: session.id }),
    assurance: Object.freeze(assuranceOf(session.proofs)),
    ...(session.impersonation === null ? {} : { actor: session.impersonation.by }),
  })
}
