import { type Caller, LEVELS, type Level } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { FactorMethod, FactorName } from '../factor/method.ts'
import { methodOf } from '../passkey/passkey.ts'
import { passkeysOf } from '../passkey/store.ts'
import { findPerson } from '../person/store.ts'
import { type Tables, tablesOf } from '../tables.ts'
import type { StepUp, StepUpMethod } from './prove-again.ts'
import { assuranceOf, type Proof, type ProofMethod, reaches } from './session.ts'
import { sessionIdOf } from './sessions.ts'
import { freshProblem } from './step-up.ts'
import { findSession } from './store.ts'

/** How somebody in a session gets to a level. */
export type Ways = {
  /** What they could prove now that reaches it. */
  readonly proving: readonly StepUpMethod[]
  /** What they could add that reaches it. */
  readonly enrollable: readonly FactorName[]
  /** What to prove before anything can be added; null where nothing has to be. */
  readonly confirming: readonly StepUpMethod[] | null
}

const NO_WAYS: Ways = Object.freeze({ proving: [], enrollable: [], confirming: null })

/** What a new factor of each kind proves at best. */
const AT_BEST: Partial<Record<FactorName, ProofMethod>> = { totp: 'totp', passkey: 'device_passkey' }

/**
 * How a person in a session could reach a level, for whoever asks them to.
 *
 * @returns a function of a caller and a level; null asks for any fresh proof
 * @example const { proving } = await waysToProve(caller, 'aal2') // ['totp', 'backup_code']
 */
export function createWaysToProve(
  deps: IdentityDeps & { readonly stepUp: Pick<StepUp, 'methods'>; readonly factors: readonly FactorMethod[] },
) {
  return async ({ principal, ...rest }: Caller, level: Level | null): Promise<Ways> => {
    const db = tablesOf(deps.store)
    const id = sessionIdOf(principal)
    const session = id === null ? null : await findSession(db, id)
    const person = session === null ? null : await findPerson(db, session.personId)
    if (session === null || person === null) return NO_WAYS
    const methods = await deps.stepUp.methods(person)
    const proofs = await Promise.all(methods.map(async (name) => ({ name, gives: await givenBy(db, name, person.id) })))
    const reaching = (wanted: Level) =>
      proofs
        .filter(({ gives }) => gives.some((method) => lifts(session.proofs, method, wanted)))
        .map(({ name }) => name)
    const problem = await freshProblem(deps, { principal, ...rest })
    const best = LEVELS.findLast((it) => it !== 'aal3' && reaching(it).length > 0) ?? 'aal1'
    return {
      proving: level === null ? methods : ownOnly(reaching(level)),
      enrollable: level === null ? [] : enrollable(session.proofs, level),
      confirming: problem === null ? null : reaching(best),
    }
  }

  function enrollable(proofs: readonly Proof[], level: Level): FactorName[] {
    return deps.factors
      .filter(({ enrolls, name }) => {
        const method = AT_BEST[name]
        return enrolls && method !== undefined && lifts(proofs, method, level)
      })
      .map(({ name }) => name)
  }
}

function lifts(proofs: readonly Proof[], method: ProofMethod, wanted: Level): boolean {
  return reaches(assuranceOf([...proofs, { method, at: 0 }]).acr, wanted)
}

// Whoever reads the mailbox can have the password set anew: a code by mail beside a password is no second factor that
// somebody may be let in by on purpose.
function ownOnly(methods: readonly StepUpMethod[]): StepUpMethod[] {
  return methods.filter((name) => name !== 'email')
}

async function givenBy(db: Tables, name: StepUpMethod, personId: string): Promise<ProofMethod[]> {
  if (name !== 'passkey') return [name]
  const works = (await passkeysOf(db, personId)).filter(({ suspendedAt }) => suspendedAt === null)
  return works.map(({ kind, backupEligible }) => methodOf({ userVerified: kind === 'passkey', backupEligible }))
}
