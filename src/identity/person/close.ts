import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { endSessionsOf } from '../session/sessions.ts'
import { deleteSignInsOf } from '../sign-in/store.ts'
import type { Person } from './person.ts'

/** Signs somebody out everywhere because they may not come in any more, and tells them by mail. */
export async function shutOut(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  caller: Caller,
  reason: string,
): Promise<void> {
  await endSessionsOf(deps, tx, person.id, { caller, reason })
  await deleteSignInsOf(tx, person.id)
  await tx.announce('user', person.id)
  await deps.notices.mail(tx, {
    to: [person.email],
    template: 'account_disabled',
    data: { name: person.name },
    language: person.language,
    organization: person.organization,
  })
}
