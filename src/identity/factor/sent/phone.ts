import { type Caller, done, type Result, refused } from '../../../core/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import type { Person } from '../../person/person.ts'
import { holdPerson, updatePerson } from '../../person/store.ts'
import { refuseIdentity } from '../../problems.ts'
import type { SignInGuard } from '../../sign-in/guard.ts'
import { tablesOf } from '../../tables.ts'
import { attempt } from '../attempt.ts'
import { makeBackupCodes } from '../backup/make.ts'
import { countOwnFactors } from '../own.ts'
import { removeFactor } from '../remove.ts'
import { recordOf, tellFactor } from '../tell.ts'
import { CODE_MINUTES, chargeSending, makeCode, redeemCode } from './codes.ts'

type About = { readonly person: Person; readonly caller: Caller }
type Codes = Awaited<ReturnType<typeof makeBackupCodes>> | null

export type PhoneVerbs = {
  /** Sends a code to a number that somebody says is theirs. Errors: `TEXTS_OFF`, `SIGN_IN_LIMITED`. */
  readonly begin: (about: About, number: string) => Promise<Result<{ expiresAt: number }>>
  /**
   * Takes the number once its code is there: from then on it is a second factor. Backup codes come with the first one.
   * Errors: `CODE_WRONG`, `SIGN_IN_LIMITED`.
   */
  readonly confirm: (about: About, number: string, code: string) => Promise<Result<Codes>>
  /** Errors: `FACTOR_UNKNOWN`, `FACTOR_DEMANDED`. */
  readonly remove: (about: About) => Promise<Result<null>>
}

/** The telephone number of an account (row I7). A code is good for the person and the number it was sent to. */
export function createPhoneVerbs(deps: IdentityDeps & { readonly guard: SignInGuard }): PhoneVerbs {
  const { store, clock, notices } = deps

  const begin: PhoneVerbs['begin'] = async (about, number) => {
    const { person } = about
    if (!notices.canText) return refused(refuseIdentity('TEXTS_OFF'))
    const limited = await chargeSending(deps, { personId: person.id, kind: 'phone', number })
    if (limited !== null) return refused(limited)
    const { language, organization } = person
    return store.write(async (tx) => {
      const code = await makeCode(deps, tx, purposeOf(person), number)
      const data = { code, minutes: CODE_MINUTES }
      await notices.text(tx, { to: number, template: 'phone_code', data, language, organization })
      const details = { kind: 'phone' }
      await recordOf(deps, tx, about, { type: 'code.sent', outcome: 'success', resource: person.id, details })
      return done({ expiresAt: clock.now() + CODE_MINUTES * 60_000 })
    })
  }

  const confirm: PhoneVerbs['confirm'] = async (about, number, code) => {
    const purpose = purposeOf(about.person)
    const proved = await attempt(deps.guard, about, async () => {
      const right = await store.write((tx) => redeemCode(deps, tx, purpose, code, number))
      return right ? { is: 'proved', method: 'sms' } : { is: 'wrong', problem: refuseIdentity('CODE_WRONG') }
    })
    return proved.ok ? take(about, number) : proved
  }

  const take = (about: About, number: string): Promise<Result<Codes>> =>
    store.write(async (tx) => {
      const person = await holdPerson(tx, about.person.id)
      if (person === null) return refused(refuseIdentity('FACTOR_UNKNOWN'))
      const before = await countOwnFactors(deps, tablesOf(tx), person.id)
      const now = clock.now()
      await updatePerson(tx, changed({ ...person, phone: number, phoneVerifiedAt: now }, about, now), person.version)
      await tellFactor(deps, tx, about, { change: 'added', kind: 'sms', id: person.id })
      return done(before === 0 ? await makeBackupCodes(deps, tx, about) : null)
    })

  const remove: PhoneVerbs['remove'] = (about) =>
    store.write(async (tx) => {
      const person = await holdPerson(tx, about.person.id)
      if (person === null || person.phone === null) return refused(refuseIdentity('FACTOR_UNKNOWN'))
      const next = changed({ ...person, phone: null, phoneVerifiedAt: null }, about, clock.now())
      const what = { kind: 'sms', id: person.id, take: () => updatePerson(tx, next, person.version) } as const
      return removeFactor(deps, tx, about, what)
    })

  return Object.freeze({ begin, confirm, remove })
}

function purposeOf({ id }: Person) {
  return { subject: id, kind: 'phone' } as const
}

function changed(person: Person, { caller }: About, now: number): Person {
  return { ...person, changedAt: now, changedBy: caller.principal.id, version: person.version + 1 }
}
