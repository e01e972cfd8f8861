import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Identity } from '../identity.ts'
import type { Person } from '../person/person.ts'
import { findPerson } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { freshProblem } from '../session/step-up.ts'
import { tablesOf } from '../tables.ts'

/** A person and who calls, which is the same one. */
export type About = { readonly person: Person; readonly caller: Caller }

/** The person that a caller in a session is. Errors: `SESSION_ENDED`. */
export async function aboutCaller({ deps }: Identity, caller: Caller): Promise<Result<About>> {
  const person = await findPerson(tablesOf(deps.store), caller.principal.id)
  return person === null ? refused(refuseIdentity('SESSION_ENDED')) : done({ person, caller })
}

/** The same for what is sensitive (row I10). Errors: `SESSION_ENDED`, `STEP_UP_REQUIRED`, `IMPERSONATION_FORBIDDEN`. */
export async function aboutFresh(identity: Identity, caller: Caller): Promise<Result<About>> {
  const problem = await freshProblem(identity.deps, caller)
  return problem === null ? aboutCaller(identity, caller) : refused(problem)
}
