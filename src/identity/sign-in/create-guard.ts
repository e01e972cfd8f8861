import { createHmac } from 'node:crypto'
import { actorOf, type Caller, type Problem, type Secret } from '../../core/index.ts'
import type { Message, ValuesOf } from '../../notices/index.ts'
import type { Transaction } from '../../store/index.ts'
import { circumstancesOf } from '../circumstances.ts'
import type { IdentityDeps } from '../deps.ts'
import { devicesOf } from '../device/store.ts'
import { emailKeyOf, type Person } from '../person/person.ts'
import { refuseIdentity } from '../problems.ts'
import { labelOf } from '../session/label.ts'
import { tablesOf } from '../tables.ts'
import { type Allowance, type Counted, clearFailures, lockUsedUp, recentFailures, reserveAttempt } from './failures.ts'
import type { Attempt, SignInGuard } from './guard.ts'
import { AUTH_RULES, charge } from './limits.ts'
import { networkOf } from './network.ts'
import { levelFor, signalsOf } from './risk.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** How many second factors may be tried (row I4). */
const FACTOR_ALLOWANCE: Allowance = { max: 10, within: 10 * MINUTE, lockFor: 10 * MINUTE }

export type GuardDeps = IdentityDeps & {
  /** Digests of addresses are keyed with it: what strangers type into the field is not kept readable. */
  readonly accountKey: Secret<Buffer>
  /** Whether an address has a bad name. */
  readonly hasBadReputation?: (address: string) => boolean
}

/**
 * What stands around every sign-in: attempts are counted before they are made, known account or not; five wrong ones
 * lock the account for the network they came from, and for that one alone (rows I3, I4). A browser that the person
 * signed in with before has a count of its own, so that nobody locks its owner out of it.
 */
export function createGuard(deps: GuardDeps): SignInGuard {
  const { store, clock, limits, settings } = deps
  const { lockAfter, lockFor } = settings.signIn
  const passwordAllowance: Allowance = { max: lockAfter, within: 15 * MINUTE, lockFor }

  const mayBegin: SignInGuard['mayBegin'] = ({ address }) =>
    charge(limits, [{ rule: AUTH_RULES.beginByAddress, key: address ?? 'unknown' }])

  const mayTry: SignInGuard['mayTry'] = async (attempt) => {
    const { address } = attempt.caller
    const broad = await charge(limits, [
      { rule: AUTH_RULES.signInByAddress, key: address ?? 'unknown' },
      ...(knownDevice(attempt) === null ? [{ rule: AUTH_RULES.signInByAccount, key: digest(attempt.email) }] : []),
    ])
    return broad ?? reserve(countedBy(attempt), passwordAllowance)
  }

  const failed: SignInGuard['failed'] = (attempt, person) =>
    store.write(async (tx) => {
      const locked = await lockUsedUp(tx, countedBy(attempt), passwordAllowance, clock.now())
      await tell(tx, attempt.caller, person, 'sign_in.failed', { known: person !== null })
      if (locked) await tellLocked(tx, attempt.caller, person)
    })

  const succeeded: SignInGuard['succeeded'] = (tx, attempt) => {
    const { account, network } = countedBy(attempt)
    return clearFailures(tx, account, network)
  }

  const mayProve: SignInGuard['mayProve'] = (person) => reserve(factorCount(person), FACTOR_ALLOWANCE)

  const proofFailed: SignInGuard['proofFailed'] = (person, caller) =>
    store.write(async (tx) => {
      const locked = await lockUsedUp(tx, factorCount(person), FACTOR_ALLOWANCE, clock.now())
      await tell(tx, caller, person, 'sign_in.factor_failed', { known: true })
      if (locked) await tellLocked(tx, caller, person)
    })

  const proofSucceeded: SignInGuard['proofSucceeded'] = (person) =>
    store.write((tx) => clearFailures(tx, factorCount(person).account, null))

  const wanted: SignInGuard['wanted'] = async (attempt, person) => {
    const db = tablesOf(store)
    const now = clock.now()
    const { address } = attempt.caller
    const signals = signalsOf({
      browser: attempt.browser,
      personId: person.id,
      devices: await devicesOf(db, person.id),
      country: address === null ? null : deps.countryOf(address),
      failures: await recentFailures(db, countedBy(attempt), now - DAY),
      badReputation: address !== null && deps.hasBadReputation?.(address) === true,
      now,
    })
    const level = levelFor(signals, settings.signIn.risk)
    if (level !== 'aal1') await tellUnusual(attempt.caller, person, signals.join(' '), level)
    return level
  }

  const clear: SignInGuard['clear'] = async (tx, person) => {
    await clearFailures(tx, digest(person.email), null)
    await clearFailures(tx, factorCount(person).account, null)
  }

  async function reserve(counted: Counted, allowance: Allowance): Promise<Problem | null> {
    const now = clock.now()
    const reserved = await store.write((tx) => reserveAttempt(tx, counted, allowance, now))
    if (reserved.is === 'attempt') return null
    return refuseIdentity('SIGN_IN_LIMITED', { retryAfter: Math.max(1, Math.ceil((reserved.until - now) / 1000)) })
  }

  function countedBy(attempt: Attempt): Counted {
    const device = knownDevice(attempt)
    const network = device === null ? networkOf(attempt.caller.address) : `device:${device}`
    return { account: digest(attempt.email), network }
  }

  function knownDevice({ browser, email }: Attempt): string | null {
    const key = emailKeyOf(email)
    return browser.devices.find(({ emailKey }) => emailKey === key)?.id ?? null
  }

  function digest(email: string): string {
    return createHmac('sha256', deps.accountKey.reveal()).update(emailKeyOf(email)).digest('base64url')
  }

  function factorCount({ id }: Person): Counted {
    return { account: `factor ${id}`, network: '' }
  }

  async function tell(
    tx: Transaction,
    caller: Caller,
    person: Person | null,
    type: 'sign_in.failed' | 'sign_in.factor_failed' | 'sign_in.locked',
    details: Record<string, boolean | number>,
  ): Promise<void> {
    await deps.audit.append(tx, {
      ...actorOf(caller),
      organization: person?.organization ?? actorOf(caller).organization,
      type,
      outcome: 'denied',
      resource: person?.id ?? null,
      details,
    })
  }

  async function tellLocked(tx: Transaction, caller: Caller, person: Person | null): Promise<void> {
    const minutes = Math.round(lockFor / MINUTE)
    await tell(tx, caller, person, 'sign_in.locked', { minutes })
    if (person !== null) await mailOnce(tx, caller, person, 'account_locked', { minutes })
  }

  // One who goes from network to network must not fill the mailbox.
  async function mailOnce<T extends 'account_locked' | 'suspicious_sign_in'>(
    tx: Transaction,
    caller: Caller,
    person: Person,
    template: T,
    more: Omit<ValuesOf<T>, 'name' | 'when' | 'where'>,
  ): Promise<void> {
    const { id, email, name, language, organization } = person
    const rule = AUTH_RULES.warningMail
    if (!(await limits.check([{ rule, key: `${template} ${id}` }])).allowed) return
    const data = { name, ...circumstancesOf(deps, caller, language), ...more }
    const message = { to: [email], template, data, language, organization }
    // The compiler cannot follow one template through the table; the parameters above did.
    await deps.notices.mail(tx, message as unknown as Message)
  }

  async function tellUnusual(caller: Caller, person: Person, signals: string, level: string): Promise<void> {
    await store.write(async (tx) => {
      await deps.audit.append(tx, {
        ...actorOf(caller),
        organization: person.organization,
        type: 'sign_in.unusual',
        outcome: 'success',
        resource: person.id,
        details: { signals, wanted: level },
      })
      await mailOnce(tx, caller, person, 'suspicious_sign_in', { device: labelOf(caller.userAgent) })
    })
  }

  return Object.freeze({ mayBegin, mayTry, failed, succeeded, mayProve, proofFailed, proofSucceeded, wanted, clear })
}
