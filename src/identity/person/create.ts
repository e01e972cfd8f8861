import type { Grants } from '../../access/index.ts'
import { actorOf, type Caller, createId } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { writePassword } from '../password/store.ts'
import type { Language, Person } from './person.ts'
import { insertMembership, insertPerson } from './store.ts'

export type NewPerson = {
  readonly email: string
  readonly name: string
  readonly language: Language
  readonly organization: string
  readonly grants: Grants
  /** Whether somebody vouches for the address already. */
  readonly verified: boolean
  /** The hash of the password; null for who signs in otherwise, or sets one by a mailed link. */
  readonly passwordHash: string | null
  readonly mustChangePassword: boolean
  /** Its id, where that had to be known before. */
  readonly id?: string
}

/** Makes a person with their home membership; null when the address is taken. Of many at once one is made. */
export async function createPerson(
  deps: Pick<IdentityDeps, 'clock' | 'audit' | 'settings'>,
  tx: Transaction,
  input: NewPerson,
  caller: Caller,
): Promise<Person | null> {
  const now = deps.clock.now()
  const id = input.id ?? createId('usr', now)
  // Who registers makes themselves.
  const by = caller.principal.kind === 'anonymous' ? id : caller.principal.id
  const person: Person = {
    id,
    organization: input.organization,
    email: input.email,
    verifiedAt: input.verified ? now : null,
    name: input.name,
    language: input.language,
    enabled: true,
    lockedUntil: null,
    phone: null,
    phoneVerifiedAt: null,
    lastSignInAt: null,
    signIns: 0,
    createdAt: now,
    createdBy: by,
    changedAt: now,
    changedBy: by,
    version: 1,
  }
  if (!(await insertPerson(tx, person))) return null
  const { organization, grants } = input
  await insertMembership(tx, { personId: id, organization, ...grants, createdAt: now, createdBy: by, version: 1 })
  if (input.passwordHash !== null) {
    const password = { hash: input.passwordHash, at: now, mustChange: input.mustChangePassword }
    await writePassword(tx, id, password, deps.settings.passwords.history)
  }
  await deps.audit.append(tx, {
    ...actorOf(caller),
    organization,
    type: 'user.created',
    outcome: 'success',
    resource: id,
    details: { roles: grants.roles.join(' '), verified: input.verified },
  })
  return person
}
