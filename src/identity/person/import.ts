import {
  type Caller,
  done,
  type FieldError,
  organizationOf,
  type Problem,
  type Result,
  refused,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { readForeignHash } from '../password/foreign.ts'
import { freshProblem } from '../session/step-up.ts'
import { tablesOf } from '../tables.ts'
import { readMailAddress } from './address.ts'
import { createPerson } from './create.ts'
import { exceededProblem, grantsProblem, NOTHING_GRANTED } from './grants.ts'
import { findMember, type Member } from './member.ts'
import { emailKeyOf, type Language } from './person.ts'
import { tellAbout } from './tell.ts'

/** A person as another system knew them. */
export type ImportedPerson = {
  readonly email: string
  readonly name: string
  readonly language: Language
  readonly roles: readonly string[]
  readonly verified: boolean
  /** Their hash there; null for who chooses a password by a mailed link, or signs in otherwise. */
  readonly passwordHash: string | null
}

/**
 * Brings people with the hashes of another system; the first sign-in of each replaces theirs by one of ours. See
 * `People.import`.
 */
export function createImport(deps: IdentityDeps) {
  return async (people: readonly ImportedPerson[], caller: Caller): Promise<Result<readonly Member[]>> => {
    const problem = (await freshProblem(deps, caller)) ?? formProblem(people) ?? rightsProblem(deps, people, caller)
    if (problem !== null) return refused(problem)
    return deps.store.write((tx) => importWithin(deps, tx, people, caller))
  }
}

async function importWithin(
  deps: IdentityDeps,
  tx: Transaction,
  people: readonly ImportedPerson[],
  caller: Caller,
): Promise<Result<readonly Member[]>> {
  const members: Member[] = []
  const errors: FieldError[] = []
  for (const [i, person] of people.entries()) {
    const member = await bring(deps, tx, person, caller)
    if (member === null) errors.push({ path: `users.${i}.email`, message: 'is the address of somebody already' })
    else members.push(member)
  }
  return errors.length === 0 ? done(members) : refused(refuseHttp('INPUT_INVALID', { errors: errors.slice(0, 20) }))
}

async function bring(
  deps: IdentityDeps,
  tx: Transaction,
  { passwordHash, roles, email, ...rest }: ImportedPerson,
  caller: Caller,
): Promise<Member | null> {
  const organization = organizationOf(caller)
  const grants = { ...NOTHING_GRANTED, roles }
  const input = {
    ...rest,
    email: readMailAddress(email) ?? email,
    organization,
    grants,
    passwordHash,
    mustChangePassword: false,
  }
  const person = await createPerson(deps, tx, input, caller)
  if (person === null) return null
  const details = { roles: roles.join(' '), verified: rest.verified, password: kindOf(passwordHash) }
  await tellAbout(deps, tx, person, caller, { type: 'user.imported', outcome: 'success', details })
  const member = await findMember(tablesOf(tx), person.id, caller)
  return member.ok ? member.value : null
}

function kindOf(passwordHash: string | null): string {
  const read = passwordHash === null ? null : readForeignHash(passwordHash)
  return read?.is === 'known' ? read.kind : 'none'
}

function formProblem(people: readonly ImportedPerson[]): Problem | null {
  const seen = new Set<string>()
  const errors = people.flatMap(({ email, passwordHash }, i): FieldError[] => {
    const path = `users.${i}`
    if (readMailAddress(email) === null) return [{ path: `${path}.email`, message: 'is not a mail address' }]
    if (seen.has(emailKeyOf(email))) return [{ path: `${path}.email`, message: 'stands twice in this request' }]
    seen.add(emailKeyOf(email))
    const read = passwordHash === null ? null : readForeignHash(passwordHash)
    return read?.is === 'refused' ? [{ path: `${path}.passwordHash`, message: `cannot be taken: ${read.why}` }] : []
  })
  return errors.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors: errors.slice(0, 20) })
}

// Many have the same few roles: each is asked once.
function rightsProblem(deps: IdentityDeps, people: readonly ImportedPerson[], caller: Caller): Problem | null {
  const roles = [...new Set(people.flatMap((person) => person.roles))]
  const grants = { ...NOTHING_GRANTED, roles }
  const organization = organizationOf(caller)
  return (
    grantsProblem(deps, organization, grants) ?? exceededProblem(deps, organization, [NOTHING_GRANTED, grants], caller)
  )
}
