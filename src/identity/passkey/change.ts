import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { removeFactor } from '../factor/remove.ts'
import { recordOf } from '../factor/tell.ts'
import { holdSubject } from '../person/member.ts'
import { refuseIdentity } from '../problems.ts'
import { freshProblem } from '../session/step-up.ts'
import { tablesOf } from '../tables.ts'
import type { PasskeyDeps } from './deps.ts'
import type { Passkey } from './passkey.ts'
import { type About, wordOf } from './register.ts'
import { deletePasskey, findPasskey, renamePasskey, resumePasskey } from './store.ts'

/** Gives a passkey of somebody another name. Errors: `FACTOR_UNKNOWN`. */
export function changePasskey(deps: PasskeyDeps, about: About, id: string, name: string): Promise<Result<Passkey>> {
  return withPasskey(deps, about, id, async (tx, passkey) => {
    await renamePasskey(tx, id, name)
    await record(deps, tx, about, id, 'passkey.renamed')
    return done({ ...passkey, name })
  })
}

/** Takes a suspended passkey into use again: whoever decides knows that there is no copy. Errors: `FACTOR_UNKNOWN`. */
export function trustPasskey(deps: PasskeyDeps, about: About, id: string): Promise<Result<Passkey>> {
  return withPasskey(deps, about, id, (tx, passkey) => resume(deps, tx, about, passkey))
}

/**
 * The same by an administrator, who asked the person. Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`, `USER_OUTRANKS`,
 * `FACTOR_UNKNOWN`, `STEP_UP_REQUIRED`.
 */
export async function trustPasskeyOf(
  deps: PasskeyDeps,
  caller: Caller,
  { personId, id }: { readonly personId: string; readonly id: string },
): Promise<Result<Passkey>> {
  const problem = await freshProblem(deps, caller)
  if (problem !== null) return refused(problem)
  return deps.store.write(async (tx) => {
    const held = await holdSubject(deps, tx, personId, caller)
    if (!held.ok) return held
    const passkey = await findPasskey(tablesOf(tx), id, personId)
    if (passkey === null) return refused(refuseIdentity('FACTOR_UNKNOWN'))
    return resume(deps, tx, { person: held.value.person, caller }, passkey)
  })
}

async function resume(deps: PasskeyDeps, tx: Transaction, about: About, passkey: Passkey): Promise<Result<Passkey>> {
  const { id } = passkey
  if (await resumePasskey(tx, id)) await record(deps, tx, about, id, 'passkey.resumed')
  return done({ ...passkey, suspendedAt: null })
}

/** Removes a passkey of somebody. Errors: `FACTOR_UNKNOWN`, `FACTOR_DEMANDED`. */
export function removePasskey(deps: PasskeyDeps, about: About, id: string): Promise<Result<null>> {
  return withPasskey(deps, about, id, (tx, { kind }) =>
    removeFactor(deps, tx, about, { kind: wordOf(kind), id, take: () => deletePasskey(tx, id) }),
  )
}

function withPasskey<T>(
  deps: PasskeyDeps,
  { person }: About,
  id: string,
  work: (tx: Transaction, passkey: Passkey) => Promise<Result<T>>,
): Promise<Result<T>> {
  return deps.store.write(async (tx) => {
    const passkey = await findPasskey(tablesOf(tx), id, person.id)
    return passkey === null ? refused(refuseIdentity('FACTOR_UNKNOWN')) : work(tx, passkey)
  })
}

function record(
  deps: PasskeyDeps,
  tx: Transaction,
  about: About,
  id: string,
  type: 'passkey.renamed' | 'passkey.resumed',
) {
  return recordOf(deps, tx, about, { type, outcome: 'success', resource: id, details: { person: about.person.id } })
}
