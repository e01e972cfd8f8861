import { type Caller, organizationOf, type Problem } from '../core/index.ts'
import { type Identity, refuseIdentity } from '../identity/index.ts'

/** Makes the answer to why a caller may not end what a person has: only who rules over the account may. */
export function createPersonProblem(people: Pick<Identity['people'], 'get'>) {
  return async (personId: string, caller: Caller): Promise<Problem | null> => {
    const found = await people.get(personId, caller)
    if (!found.ok) return found.problem
    return found.value.person.organization === organizationOf(caller) ? null : refuseIdentity('USER_ELSEWHERE')
  }
}
