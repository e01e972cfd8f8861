import type { IdentityDeps } from '../../deps.ts'
import { refuseIdentity } from '../../problems.ts'
import { tablesOf } from '../../tables.ts'
import type { FactorMethod } from '../method.ts'
import { digitsOf } from '../typed-code.ts'
import { stepOf } from './one-time.ts'
import { type App, appsOf, takeStep } from './store.ts'

/** Authenticator apps as a second factor. A code works once, and so does every one before it (row I5). */
export function createTotpMethod(deps: IdentityDeps): FactorMethod {
  const { store, clock } = deps

  return Object.freeze({
    name: 'totp',
    enrolls: true,
    ready: async ({ id }) => (await appsOf(tablesOf(store), id)).length > 0,
    prove: async ({ person }, { code }) => {
      const digits = digitsOf(code)
      const taken = digits !== null && (await takeCode(person.id, digits))
      return taken ? { is: 'proved', method: 'totp' } : { is: 'wrong', problem: refuseIdentity('CODE_WRONG') }
    },
  } satisfies FactorMethod)

  async function takeCode(personId: string, digits: string): Promise<boolean> {
    const now = clock.now()
    const fitting = (await appsOf(tablesOf(store), personId)).flatMap((app) => stepIn(app, digits, now))
    const [found] = fitting
    return found !== undefined && (await store.write((tx) => takeStep(tx, found.id, found.step, now)))
  }

  function stepIn({ id, personId, sealed, lastStep }: App, digits: string, now: number) {
    const secret = deps.factorVault.open(sealed, { personId, factorId: id })
    const step = stepOf(secret, digits, now, lastStep)
    return step === null ? [] : [{ id, step }]
  }
}
