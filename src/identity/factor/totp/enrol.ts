import { randomBytes } from 'node:crypto'
import { renderSVG } from 'uqr'
import { type Caller, createId, done, type Result, refused, Secret } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { findOrganization } from '../../organization/store.ts'
import type { Person } from '../../person/person.ts'
import { holdPerson } from '../../person/store.ts'
import { refuseIdentity } from '../../problems.ts'
import type { SignInGuard } from '../../sign-in/guard.ts'
import { tablesOf } from '../../tables.ts'
import { attempt } from '../attempt.ts'
import { makeBackupCodes } from '../backup/make.ts'
import { countOwnFactors } from '../own.ts'
import { recordOf, tellFactor } from '../tell.ts'
import { digitsOf } from '../typed-code.ts'
import { keyOf, SECRET_BYTES, stepOf, uriOf } from './one-time.ts'
import { type App, activateApp, appsOf, insertPending, pendingApp } from './store.ts'

const MOST_APPS = 5
const PENDING_MS = 10 * 60_000

type About = { readonly person: Person; readonly caller: Caller }

/** What an app is told to be set up, in three forms. It is shown once. */
export type Offered = {
  readonly id: string
  readonly uri: Secret
  /** The same as a picture (SVG). */
  readonly qr: Secret
  /** To be typed in, in groups of four. */
  readonly key: Secret
  readonly expiresAt: number
}

/** An app that is in use from now on. The backup codes are there when it is somebody's first second factor. */
export type Enrolled = { readonly app: App; readonly backupCodes: readonly Secret[] | null }

export type TotpEnrolment = {
  /** Offers a new secret, which waits ten minutes for its first code. What was offered before ends. Errors: `FACTORS_TOO_MANY`. */
  readonly begin: (about: About, name: string) => Promise<Result<Offered>>
  /**
   * Takes the app into use by its first code. Errors: `ENROLMENT_ENDED`, `CODE_WRONG`, `SIGN_IN_LIMITED`.
   *
   * @param options.onlyFirst for a sign-in: nobody adds a second one without proving the first
   */
  readonly confirm: (about: About, code: string, options: { onlyFirst: boolean }) => Promise<Result<Enrolled>>
}

/** Enrols authenticator apps (row I5). */
export function createTotpEnrolment(deps: IdentityDeps & { readonly guard: SignInGuard }): TotpEnrolment {
  const { store, clock, factorVault } = deps

  const begin: TotpEnrolment['begin'] = async (about, name) => {
    const { person } = about
    const secret = randomBytes(SECRET_BYTES)
    const now = clock.now()
    const id = createId('fac', now)
    const sealed = factorVault.seal(secret, { personId: person.id, factorId: id })
    const times = { createdAt: now, usedAt: null, expiresAt: now + PENDING_MS }
    const app: App = { id, personId: person.id, name, sealed, lastStep: null, ...times }
    return store.write(async (tx) => {
      await holdPerson(tx, person.id)
      const apps = await appsOf(tablesOf(tx), person.id)
      if (apps.length >= MOST_APPS) return refused(refuseIdentity('FACTORS_TOO_MANY'))
      await insertPending(tx, app)
      await record(tx, about, id)
      return done(offer(secret, id, times.expiresAt, await labelOf(tx, person)))
    })
  }

  const confirm: TotpEnrolment['confirm'] = async (about, code, options) => {
    const { person } = about
    const pending = await pendingApp(tablesOf(store), person.id, clock.now())
    if (pending === null) return refused(refuseIdentity('ENROLMENT_ENDED'))
    const step = stepFor(pending, code)
    const proved = await attempt(deps.guard, about, async () =>
      step === null ? { is: 'wrong', problem: refuseIdentity('CODE_WRONG') } : { is: 'proved', method: 'totp' },
    )
    if (!proved.ok || step === null) return proved.ok ? refused(refuseIdentity('CODE_WRONG')) : proved
    return store.write((tx) => activate(tx, about, pending, step, options.onlyFirst))
  }

  function stepFor(app: App, code: string): number | null {
    const digits = digitsOf(code)
    const secret = factorVault.open(app.sealed, { personId: app.personId, factorId: app.id })
    return digits === null ? null : stepOf(secret, digits, clock.now(), null)
  }

  async function activate(
    tx: Transaction,
    about: About,
    pending: App,
    step: number,
    onlyFirst: boolean,
  ): Promise<Result<Enrolled>> {
    const { person } = about
    const now = clock.now()
    await holdPerson(tx, person.id)
    const before = await countOwnFactors(deps, tablesOf(tx), person.id)
    const ended = (onlyFirst && before > 0) || !(await activateApp(tx, pending.id, step, now))
    if (ended) return refused(refuseIdentity('ENROLMENT_ENDED'))
    await tellFactor(deps, tx, about, { change: 'added', kind: 'totp', id: pending.id })
    const backupCodes = before === 0 ? await makeBackupCodes(deps, tx, about) : null
    return done({ app: { ...pending, lastStep: step, usedAt: now, expiresAt: null }, backupCodes })
  }

  async function labelOf(tx: Transaction, person: Person) {
    const { totpIssuer } = deps.settings
    const organization = await findOrganization(tablesOf(tx), person.organization)
    return { issuer: totpIssuer ?? organization?.name ?? new URL(deps.issuer).host, label: person.email }
  }

  async function record(tx: Transaction, about: About, resource: string): Promise<void> {
    await recordOf(deps, tx, about, { type: 'factor.begun', outcome: 'success', resource, details: { kind: 'totp' } })
  }

  return Object.freeze({ begin, confirm })
}

function offer(secret: Uint8Array, id: string, expiresAt: number, label: { issuer: string; label: string }): Offered {
  const uri = uriOf(secret, label)
  // Medium correction: it is read from screens, some of them dirty.
  const qr = renderSVG(uri, { ecc: 'M', border: 4 })
  return { id, uri: new Secret(uri), qr: new Secret(qr), key: new Secret(keyOf(secret)), expiresAt }
}
