import { type Caller, done, type Result, type Secret } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Person } from '../person/person.ts'
import { refuseIdentity } from '../problems.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { tablesOf } from '../tables.ts'
import { makeBackupCodes } from './backup/make.ts'
import { createBackupMethod } from './backup/method.ts'
import { codesLeft } from './backup/store.ts'
import { createMfaOf, type MfaOf } from './key-code/mfa-of.ts'
import { createWindows } from './key-code/windows.ts'
import type { FactorMethod } from './method.ts'
import { countOwnFactors } from './own.ts'
import { createMailMethod, createTextMethod } from './sent/methods.ts'
import { createPhoneVerbs, type PhoneVerbs } from './sent/phone.ts'
import { changeApp, removeApp } from './totp/change.ts'
import { createTotpEnrolment, type TotpEnrolment } from './totp/enrol.ts'
import { createTotpMethod } from './totp/method.ts'
import { type App, appsOf } from './totp/store.ts'

type About = { readonly person: Person; readonly caller: Caller }

/** Second factors but passkeys, as sign-ins and accounts use them. */
export type Factors = {
  /** In the order in which they are offered. */
  readonly methods: readonly FactorMethod[]
  readonly totp: TotpEnrolment
  readonly phone: PhoneVerbs
  readonly list: (personId: string) => Promise<{ apps: readonly App[]; backupCodes: number }>
  /** Errors: `FACTOR_UNKNOWN`. */
  readonly rename: (about: About, id: string, name: string) => Promise<Result<App>>
  /** Errors: `FACTOR_UNKNOWN`, `FACTOR_DEMANDED`. */
  readonly remove: (about: About, id: string) => Promise<Result<null>>
  /** New backup codes; those before end. Errors: `FACTOR_UNAVAILABLE` for who has no second factor that they stand in for. */
  readonly renewBackupCodes: (about: About) => Promise<Result<readonly Secret[]>>
  /** For keys that demand a second factor (row I11). */
  readonly mfaOf: MfaOf
  readonly stop: () => void
}

/** Puts the second factors together. */
export function createFactors(deps: IdentityDeps & { readonly guard: SignInGuard }): Factors {
  const { store } = deps
  const totp = createTotpMethod(deps)
  const backup = createBackupMethod(deps)
  const windows = createWindows(deps)

  const list: Factors['list'] = async (personId) => {
    const db = tablesOf(store)
    const [apps, backupCodes] = await Promise.all([appsOf(db, personId), codesLeft(db, personId)])
    return { apps, backupCodes }
  }

  const renewBackupCodes: Factors['renewBackupCodes'] = (about) =>
    store.write(async (tx) => {
      const own = await countOwnFactors(deps, tablesOf(tx), about.person.id)
      if (own === 0) return { ok: false, problem: refuseIdentity('FACTOR_UNAVAILABLE') }
      return done(await makeBackupCodes(deps, tx, about))
    })

  return Object.freeze({
    methods: [totp, createTextMethod(deps), createMailMethod(deps), backup],
    totp: createTotpEnrolment(deps),
    phone: createPhoneVerbs(deps),
    list,
    rename: (about, id, name) => changeApp(deps, about, id, name),
    remove: (about, id) => removeApp(deps, about, id),
    renewBackupCodes,
    mfaOf: createMfaOf({ ...deps, windows, totp, backup }),
    stop: windows.stop,
  } satisfies Factors)
}
