import { done, type Result, refused, type Secret } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import { circumstancesOf } from '../../circumstances.ts'
import type { IdentityDeps } from '../../deps.ts'
import type { Person } from '../../person/person.ts'
import { refuseIdentity } from '../../problems.ts'
import { tablesOf } from '../../tables.ts'
import type { FactorAsk, FactorMethod, Proved } from '../method.ts'
import { countOwnFactors, ownFactorsOf } from '../own.ts'
import { recordOf } from '../tell.ts'
import { CODE_MINUTES, chargeSending, makeCode, redeemCode } from './codes.ts'
import { maskedMail, maskedNumber } from './masked.ts'

/** How one kind of code gets to its person. */
type Way = {
  readonly name: 'email' | 'sms'
  readonly ready: (person: Person) => Promise<boolean>
  readonly send: (tx: Transaction, ask: FactorAsk, code: Secret) => Promise<void>
  /** Where it went, as far as who has proved one thing only may know. */
  readonly to: (person: Person) => string
}

/**
 * Codes by mail, where a sign-in that is unusual asks for more than a password and its person has nothing else (row I7).
 * Nobody can choose it in the place of a second factor: who reads the mailbox can have the password set anew as well, and
 * both would be one.
 */
export function createMailMethod(deps: IdentityDeps): FactorMethod {
  return methodOf(deps, {
    name: 'email',
    ready: async ({ id, verifiedAt }) =>
      verifiedAt !== null && (await countOwnFactors(deps, tablesOf(deps.store), id)) === 0,
    send: (tx, { person, caller }, code) => {
      const { where } = circumstancesOf(deps, caller, person.language)
      const { email, name, language, organization } = person
      const data = { name, code, minutes: CODE_MINUTES, where }
      return deps.notices.mail(tx, { to: [email], template: 'sign_in_code', data, language, organization })
    },
    to: ({ email }) => maskedMail(email),
  })
}

/** Codes by text message, for who had their number confirmed. */
export function createTextMethod(deps: IdentityDeps): FactorMethod {
  return methodOf(deps, {
    name: 'sms',
    ready: async ({ id }) => (await ownFactorsOf(deps, tablesOf(deps.store), id)).sms > 0,
    send: async (tx, { person }, code) => {
      const { phone, language, organization } = person
      if (phone === null) throw new Error('a code for a person without a telephone number')
      const data = { code, minutes: CODE_MINUTES }
      await deps.notices.text(tx, { to: phone, template: 'sign_in_code', data, language, organization })
    },
    to: ({ phone }) => maskedNumber(phone ?? ''),
  })
}

function methodOf(deps: IdentityDeps, way: Way): FactorMethod {
  const { store, clock } = deps

  async function begin(ask: FactorAsk): Promise<Result<object>> {
    const { person, subject } = ask
    const limited = await chargeSending(deps, { personId: person.id, kind: way.name, number: null })
    if (limited !== null) return refused(limited)
    const sentTo = way.to(person)
    const expiresAt = new Date(clock.now() + CODE_MINUTES * 60_000).toISOString()
    return store.write(async (tx) => {
      await way.send(tx, ask, await makeCode(deps, tx, { subject, kind: way.name }))
      const details = { kind: way.name }
      await recordOf(deps, tx, ask, { type: 'code.sent', outcome: 'success', resource: person.id, details })
      return done({ sentTo, expiresAt })
    })
  }

  async function prove({ subject }: FactorAsk, code: string | undefined): Promise<Proved> {
    const right = await store.write((tx) => redeemCode(deps, tx, { subject, kind: way.name }, code))
    return right ? { is: 'proved', method: way.name } : { is: 'wrong', problem: refuseIdentity('CODE_WRONG') }
  }

  return Object.freeze({
    name: way.name,
    enrolls: false,
    ready: way.ready,
    begin,
    prove: (ask, { code }) => prove(ask, code),
  } satisfies FactorMethod)
}
