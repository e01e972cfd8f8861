import { type Caller, done, type Problem, type Result, refused, type Secret } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { isMailAddress } from '../../notices/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import { createPerson } from './create.ts'
import { exceededProblem, grantsProblem, NOTHING_GRANTED } from './grants.ts'
import type { Language, Person } from './person.ts'

export type PersonWish = {
  readonly email: string
  readonly name: string
  readonly language: Language
  readonly organization: string
  readonly roles: readonly string[]
  /** Whether the caller vouches for the address. */
  readonly verified: boolean
  /** Null for who is to set one by a mailed link. */
  readonly password: Secret | null
}

export type People = {
  /** Makes a person. Errors: `INPUT_INVALID`, `ROLE_EXCEEDED`, `EMAIL_TAKEN`, `PASSWORDS_BUSY`. */
  readonly create: (wish: PersonWish, caller: Caller) => Promise<Result<Person>>
}

/** What administrators do with people. */
export function createPeople(deps: IdentityDeps): People {
  const create: People['create'] = async (wish, caller) => {
    const { email, roles, password, ...rest } = wish
    const grants = { ...NOTHING_GRANTED, roles }
    const problem =
      addressProblem(email) ?? grantsProblem(deps, grants) ?? exceededProblem(NOTHING_GRANTED, grants, caller)
    if (problem !== null) return refused(problem)
    const hashed = await hashOf(password)
    if (!hashed.ok) return hashed
    const input = { ...rest, email, grants, passwordHash: hashed.value, mustChangePassword: false }
    return deps.store.write(async (tx) => {
      const person = await createPerson(deps, tx, input, caller)
      return person === null ? refused(refuseIdentity('EMAIL_TAKEN')) : done(person)
    })
  }

  async function hashOf(password: Secret | null): Promise<Result<string | null>> {
    if (password === null) return done(null)
    const hashed = await deps.passwords.hash(password)
    if (hashed.is === 'hashed') return done(hashed.hash)
    return refused(hashed.is === 'busy' ? busy(hashed.retryAfter) : tooLong())
  }

  return Object.freeze({ create })
}

function addressProblem(email: string): Problem | null {
  if (isMailAddress(email)) return null
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'email', message: 'is not a mail address' }] })
}

function busy(retryAfter: number): Problem {
  return refuseIdentity('PASSWORDS_BUSY', { retryAfter })
}

function tooLong(): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'password', message: 'is too long' }] })
}
