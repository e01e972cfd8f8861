import { type Caller, done, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import type { Language, Person } from './person.ts'
import { findPerson, holdPerson, updatePerson } from './store.ts'
import { tellAbout } from './tell.ts'

export type ProfileChange = { readonly name?: string; readonly language?: Language }

/** What a person sees and changes of themselves. */
export function createProfile(deps: IdentityDeps) {
  const { store, clock } = deps

  /** Errors: `USER_UNKNOWN`. */
  async function read(caller: Caller): Promise<Result<Person>> {
    const person = await findPerson(tablesOf(store), caller.principal.id)
    return person === null ? refused(refuseIdentity('USER_UNKNOWN')) : done(person)
  }

  /** @param version the one that may be changed, or null for any. Errors: `USER_UNKNOWN`, `VERSION_STALE`. */
  function change(wanted: ProfileChange, version: number | null, caller: Caller): Promise<Result<Person>> {
    return store.write(async (tx) => {
      const person = await holdPerson(tx, caller.principal.id)
      if (person === null) return refused(refuseIdentity('USER_UNKNOWN'))
      if (version !== null && version !== person.version) return refused(refuseHttp('VERSION_STALE'))
      const stamp = { changedAt: clock.now(), changedBy: caller.principal.id, version: person.version + 1 }
      const next: Person = { ...person, ...wanted, ...stamp }
      if (!(await updatePerson(tx, next, person.version))) return refused(refuseHttp('VERSION_STALE'))
      const fields = Object.keys(wanted).sort().join(' ')
      if (fields !== '')
        await tellAbout(deps, tx, person, caller, { type: 'user.changed', outcome: 'success', details: { fields } })
      return done(next)
    })
  }

  return Object.freeze({ read, change })
}
