import { actorOf, type Caller, type EventInput } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Person } from './person.ts'

type Deps = Pick<IdentityDeps, 'audit'>
type Whom = Pick<Person, 'id' | 'organization'>

/** Writes what was done to a person into the record, in the transaction that does it. */
export async function tellAbout(
  deps: Deps,
  tx: Transaction,
  person: Whom,
  caller: Caller,
  event: EventInput,
): Promise<void> {
  const { id, organization } = person
  await deps.audit.append(tx, { ...actorOf(caller), organization, ...event, resource: id })
}

/** The same where who is not signed in has just proved to be that person, as with a mailed link. */
export async function tellAs(
  deps: Deps,
  tx: Transaction,
  person: Whom,
  caller: Caller,
  event: EventInput,
): Promise<void> {
  const unnamed = caller.principal.kind === 'anonymous'
  const actor = unnamed ? { principalKind: 'user' as const, principal: person.id } : {}
  await tellAbout(deps, tx, person, caller, { ...actor, ...event })
}
