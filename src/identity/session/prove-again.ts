import { type Caller, done, type Result, refused, type Secret } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Browser } from '../device/browser.ts'
import { attempt } from '../factor/attempt.ts'
import type { FactorAnswer, FactorMethod, FactorName } from '../factor/method.ts'
import { recordOf } from '../factor/tell.ts'
import { findPassword } from '../password/store.ts'
import type { Person } from '../person/person.ts'
import { findPerson } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { tablesOf } from '../tables.ts'
import { assuranceOf, type ProofMethod, type Session } from './session.ts'
import { type Opened, renewSession, sessionIdOf } from './sessions.ts'
import { findSession } from './store.ts'

/** A way to prove again who one is, in a session. */
export type StepUpMethod = FactorName | 'password'
export type StepUpAnswer = FactorAnswer & { readonly password?: Secret | undefined }

export type StepUp = {
  /** The ways this person has now. */
  readonly methods: (person: Person) => Promise<StepUpMethod[]>
  /** Sends a code, or asks the authenticator. Errors: `FACTOR_UNAVAILABLE`, `SIGN_IN_LIMITED`, `SESSION_ENDED`. */
  readonly begin: (caller: Caller, name: FactorName) => Promise<Result<object>>
  /**
   * Takes a proof into the session, which gets another token. Errors: `CODE_WRONG`, `SIGN_IN_FAILED`,
   * `FACTOR_UNAVAILABLE`, `SIGN_IN_LIMITED`, `PASSWORDS_BUSY`, `SESSION_ENDED`, `IMPERSONATION_FORBIDDEN`.
   */
  readonly prove: (
    visitor: { readonly caller: Caller; readonly browser: Browser },
    name: StepUpMethod,
    answer: StepUpAnswer,
  ) => Promise<Result<Opened>>
}

type Deps = IdentityDeps & { readonly guard: SignInGuard; readonly factors: readonly FactorMethod[] }
type Here = { readonly person: Person; readonly session: Session }

/** Proving again in a session who one is (row I10; RFC 9470). */
export function createStepUp(deps: Deps): StepUp {
  const { store, guard, factors } = deps

  const methods: StepUp['methods'] = async (person) => {
    const ready = await Promise.all(factors.map(async (it) => ((await it.ready(person)) ? [it.name] : [])))
    const password = (await findPassword(tablesOf(store), person.id)) === null ? [] : (['password'] as const)
    return [...ready.flat(), ...password]
  }

  const begin: StepUp['begin'] = async (caller, name) => {
    const here = await hereOf(deps, caller)
    if (!here.ok) return here
    const { person, session } = here.value
    const method = await readyMethod(name, person)
    if (method?.begin === undefined) return refused(refuseIdentity('FACTOR_UNAVAILABLE'))
    return method.begin({ person, subject: session.id, caller })
  }

  const prove: StepUp['prove'] = async (visitor, name, answer) => {
    const { caller } = visitor
    const here = await hereOf(deps, caller)
    if (!here.ok) return here
    const proved =
      name === 'password'
        ? await byPassword(here.value, visitor, answer.password)
        : await byFactor(here.value, caller, name, answer)
    return proved.ok ? takeProof(deps, caller, proved.value) : proved
  }

  async function byFactor({ person, session }: Here, caller: Caller, name: FactorName, answer: FactorAnswer) {
    const method = await readyMethod(name, person)
    if (method === undefined) return refused(refuseIdentity('FACTOR_UNAVAILABLE'))
    const ask = { person, subject: session.id, caller }
    return attempt(guard, ask, () => method.prove(ask, answer))
  }

  async function byPassword(
    { person }: Here,
    visitor: { readonly caller: Caller; readonly browser: Browser },
    password: Secret | undefined,
  ): Promise<Result<ProofMethod>> {
    const kept = await findPassword(tablesOf(store), person.id)
    if (kept === null || password === undefined) return refused(refuseIdentity('FACTOR_UNAVAILABLE'))
    const trial = { email: person.email, caller: visitor.caller, browser: visitor.browser }
    const problem = await guard.mayTry(trial)
    if (problem !== null) return refused(problem)
    const answer = await deps.passwords.verify(kept.hash, password)
    if (answer.is === 'busy') return refused(refuseIdentity('PASSWORDS_BUSY', { retryAfter: answer.retryAfter }))
    if (answer.is === 'right') await deps.store.write((tx) => guard.succeeded(tx, trial))
    else await guard.failed(trial, person)
    return answer.is === 'right' ? done('password') : refused(refuseIdentity('SIGN_IN_FAILED'))
  }

  async function readyMethod(name: FactorName, person: Person): Promise<FactorMethod | undefined> {
    const method = factors.find((it) => it.name === name)
    return method !== undefined && (await method.ready(person)) ? method : undefined
  }

  return Object.freeze({ methods, begin, prove })
}

async function hereOf({ store }: Pick<Deps, 'store'>, caller: Caller): Promise<Result<Here>> {
  if (caller.principal.actor !== undefined) return refused(refuseIdentity('IMPERSONATION_FORBIDDEN'))
  const db = tablesOf(store)
  const id = sessionIdOf(caller.principal)
  const session = id === null ? null : await findSession(db, id)
  const person = session === null ? null : await findPerson(db, session.personId)
  return session === null || person === null ? refused(refuseIdentity('SESSION_ENDED')) : done({ person, session })
}

/** Takes what somebody proved into their session. Errors: `SESSION_ENDED`. */
export async function takeProof(
  deps: Pick<IdentityDeps, 'store' | 'clock' | 'audit'>,
  caller: Caller,
  method: ProofMethod,
): Promise<Result<Opened>> {
  return deps.store.write(async (tx) => {
    const opened = await addProof(deps, tx, caller, method)
    return opened === null ? refused(refuseIdentity('SESSION_ENDED')) : done(opened)
  })
}

async function addProof(
  deps: Pick<IdentityDeps, 'clock' | 'audit'>,
  tx: Transaction,
  caller: Caller,
  method: ProofMethod,
): Promise<Opened | null> {
  const id = sessionIdOf(caller.principal)
  const session = id === null ? null : await findSession(tablesOf(tx), id)
  const person = session === null ? null : await findPerson(tablesOf(tx), session.personId)
  if (session === null || person === null) return null
  const before = session.proofs.filter((proof) => proof.method !== method)
  const proofs = [...before, { method, at: deps.clock.now() }]
  const opened = await renewSession(deps, tx, session, { proofs })
  if (opened === null) return null
  const { acr, amr } = assuranceOf(proofs)
  const event = { type: 'session.proved_again', outcome: 'success', resource: session.id } as const
  await recordOf(deps, tx, { person, caller }, { ...event, details: { acr, amr: amr.join(' ') } })
  return opened
}
