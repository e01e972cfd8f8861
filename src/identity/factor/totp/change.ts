import { type Caller, done, type Result, refused } from '../../../core/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import type { Person } from '../../person/person.ts'
import { refuseIdentity } from '../../problems.ts'
import { removeFactor } from '../remove.ts'
import { recordOf } from '../tell.ts'
import { type App, deleteApp, renameApp } from './store.ts'

type About = { readonly person: Person; readonly caller: Caller }

/** Gives an app of somebody another name. Errors: `FACTOR_UNKNOWN`. */
export async function changeApp(deps: IdentityDeps, about: About, id: string, name: string): Promise<Result<App>> {
  return deps.store.write(async (tx) => {
    const app = await renameApp(tx, about.person.id, id, name)
    if (app === null) return refused(refuseIdentity('FACTOR_UNKNOWN'))
    const event = { type: 'factor.renamed', outcome: 'success', resource: id, details: { kind: 'totp' } } as const
    await recordOf(deps, tx, about, event)
    return done(app)
  })
}

/** Removes an app of somebody. Errors: `FACTOR_UNKNOWN`, `FACTOR_DEMANDED`. */
export async function removeApp(deps: IdentityDeps, about: About, id: string): Promise<Result<null>> {
  return deps.store.write((tx) =>
    removeFactor(deps, tx, about, { kind: 'totp', id, take: () => deleteApp(tx, about.person.id, id) }),
  )
}
