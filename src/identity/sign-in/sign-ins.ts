import {
  type Caller,
  createId,
  done,
  isRefused,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { type Browser, isTrusted } from '../device/browser.ts'
import { recogniseDevice } from '../device/recognise.ts'
import type { FactorAnswer, FactorMethod, FactorName } from '../factor/method.ts'
import { admissionProblem } from '../organization/admission.ts'
import { DEFAULT_POLICY, type Policy, type SignInMethod } from '../organization/organization.ts'
import { findOrganization } from '../organization/store.ts'
import { mustChangePassword } from '../password/store.ts'
import { mayComeIn, type Person } from '../person/person.ts'
import { findPerson } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import type { ProofMethod } from '../session/session.ts'
import { type Opened, startSession } from '../session/sessions.ts'
import { tablesOf } from '../tables.ts'
import { digestOf, isToken, newToken } from '../token.ts'
import type { SignInGuard } from './guard.ts'
import { type Next, nextOf, type SignIn } from './sign-in.ts'
import { findSignIn, insertSignIn, takeSignIn, updateSignIn } from './store.ts'

/** Where a sign-in stands: what comes next, and how; at the end the session. */
export type Standing =
  | {
      readonly next: Exclude<Next, 'done'>
      readonly methods: readonly (FactorName | SignInMethod)[]
      /** The token of the sign-in: whoever has it goes on with it. Null where it is the one that was sent. */
      readonly flow: Secret | null
      readonly expiresAt: number
    }
  | {
      readonly next: 'done'
      readonly person: Person
      readonly opened: Opened
      /** A new token for the device's cookie, when it had none. */
      readonly device: { readonly token: Secret } | null
    }

/** Who is at the door: the caller, and what the cookie of the browser says of it. */
export type Visitor = {
  readonly caller: Caller
  readonly browser: Browser
  /** Whether this browser is to stand for the second factor from now on. */
  readonly trustDevice?: boolean
}

export type SignIns = {
  /** Begins without any proof yet; every address is answered the same. Errors: `SIGN_IN_LIMITED`. */
  readonly begin: (input: { email: string; organization: string | null }, caller: Caller) => Promise<Result<Standing>>
  /** Reads a sign-in by its token. Errors: `SIGN_IN_ENDED`. */
  readonly find: (flow: string) => Promise<Result<SignIn>>
  /**
   * Takes what somebody proved, in a sign-in that is there (`signIn`) or a new one, and says what comes next. Errors:
   * `SIGN_IN_FAILED` for who may not come in, `ORGANIZATION_UNKNOWN` for one they do not belong to, `SIGN_IN_ENDED` when
   * it went on elsewhere meanwhile.
   */
  readonly proved: (proof: Proven, visitor: Visitor) => Promise<Result<Standing>>
  /** Where a sign-in stands now, for a client that waited for something else, such as a mailed link. */
  readonly resume: (flow: string, visitor: Visitor) => Promise<Result<Standing>>
  /**
   * A sign-in in which `next` comes next, and whose it is, for what happens at that step alone. It does not move. Errors:
   * `SIGN_IN_ENDED`, `STEP_NOT_NEXT`.
   */
  readonly standsAt: (flow: string, next: Next, visitor: Visitor) => Promise<Result<{ signIn: SignIn; person: Person }>>
  /** Errors: `SIGN_IN_ENDED`, `FACTOR_UNAVAILABLE`, and those of the factor. */
  readonly beginFactor: (flow: string, name: FactorName, visitor: Visitor) => Promise<Result<object>>
  readonly proveFactor: (
    flow: string,
    name: FactorName,
    answer: FactorAnswer,
    visitor: Visitor,
  ) => Promise<Result<Standing>>
}

export type Proven = {
  readonly person: Person
  readonly method: ProofMethod
  readonly signIn: SignIn | null
  readonly organization: string | null
  /** What happens in the same transaction, once it is clear that they may come in. */
  readonly also?: (tx: Transaction) => Promise<void>
}

export function createSignIns(
  deps: IdentityDeps & { readonly guard: SignInGuard; readonly factors: readonly FactorMethod[] },
): SignIns {
  const { store, clock, guard, factors } = deps

  const begin: SignIns['begin'] = async ({ email, organization }, caller) => {
    const problem = await guard.mayBegin(caller)
    if (problem !== null) return refused(problem)
    const { signIn, token, digest } = newSignIn({ email, organization, personId: null })
    await store.write((tx) => insertSignIn(tx, signIn, digest))
    const { methods } = DEFAULT_POLICY
    return done({ next: 'password', methods, flow: token, expiresAt: signIn.expiresAt })
  }

  const find: SignIns['find'] = async (flow) => {
    const signIn = isToken('spf', flow) ? await findSignIn(tablesOf(store), digestOf(flow), clock.now()) : null
    return signIn === null ? refused(refuseIdentity('SIGN_IN_ENDED')) : done(signIn)
  }

  const proved: SignIns['proved'] = async ({ person, method, signIn, organization, also }, visitor) => {
    const attempt = { email: person.email, caller: visitor.caller, browser: visitor.browser }
    // What is unusual shows at the first proof; later ones answer to it.
    const begun = signIn !== null && signIn.proofs.length > 0
    const wanted = begun ? signIn.wanted : await guard.wanted(attempt, person)
    const now = clock.now()
    if (!mayComeIn(person, now)) return refused(closedTo(person))
    // What one person proved never counts for another.
    if (begun && signIn.personId !== person.id) return refused(refuseIdentity('SIGN_IN_ENDED'))
    const proof = { method, at: now }
    const proofs = [...(signIn?.proofs ?? []), proof]
    return store.write(async (tx) => {
      const wish = signIn === null ? organization : signIn.organization
      const problem = await closedIn(tx, person, { organization: wish, proofs })
      if (problem !== null) return refused(problem)
      await also?.(tx)
      if (signIn === null) {
        const made = newSignIn({ email: person.email, organization, personId: person.id })
        return advance(tx, { ...made.signIn, wanted, proofs }, made, person, visitor)
      }
      const next = { ...signIn, wanted, personId: person.id, proofs }
      return advance(tx, next, signIn.version, person, visitor)
    })
  }

  const resume: SignIns['resume'] = async (flow, visitor) => {
    const found = await known(flow)
    if (!found.ok) return found
    const { signIn, person } = found.value
    return store.write(async (tx) => {
      const problem = await closedIn(tx, person, signIn)
      return problem === null ? advance(tx, signIn, signIn.version, person, visitor) : refused(problem)
    })
  }

  const standsAt: SignIns['standsAt'] = async (flow, next, visitor) => {
    const found = await known(flow)
    if (!found.ok) return found
    const { signIn, person } = found.value
    const step = await store.write((tx) => stepOf(tx, signIn, person, visitor))
    return step.next === next ? found : refused(refuseIdentity('STEP_NOT_NEXT'))
  }

  const beginFactor: SignIns['beginFactor'] = async (flow, name, { caller }) => {
    const found = await known(flow)
    if (!found.ok) return found
    const { signIn, person } = found.value
    const method = await readyMethod(name, person)
    if (method?.begin === undefined) return refused(refuseIdentity('FACTOR_UNAVAILABLE'))
    const problem = await guard.mayProve(person, caller)
    return problem === null ? method.begin({ person, subject: signIn.id, caller }) : refused(problem)
  }

  const proveFactor: SignIns['proveFactor'] = async (flow, name, answer, visitor) => {
    const found = await known(flow)
    if (!found.ok) return found
    const { signIn, person } = found.value
    const method = await proveOnce(person, signIn.id, name, answer, visitor.caller)
    if (isRefused(method)) return method
    return proved({ person, method: method.value, signIn, organization: signIn.organization }, visitor)
  }

  async function proveOnce(
    person: Person,
    subject: string,
    name: FactorName,
    answer: FactorAnswer,
    caller: Caller,
  ): Promise<Result<ProofMethod>> {
    const method = await readyMethod(name, person)
    if (method === undefined) return refused(refuseIdentity('FACTOR_UNAVAILABLE'))
    const problem = await guard.mayProve(person, caller)
    if (problem !== null) return refused(problem)
    const outcome = await method.prove({ person, subject, caller }, answer)
    if (outcome.is === 'proved') await guard.proofSucceeded(person, caller)
    if (outcome.is === 'wrong') await guard.proofFailed(person, caller)
    return outcome.is === 'proved' ? done(outcome.method) : refused(outcome.problem)
  }

  async function readyMethod(name: FactorName, person: Person): Promise<FactorMethod | undefined> {
    const method = factors.find((it) => it.name === name)
    return method !== undefined && (await method.ready(person)) ? method : undefined
  }

  /** A sign-in in which somebody proved something already, and who that is. */
  async function known(flow: string): Promise<Result<{ signIn: SignIn; person: Person }>> {
    const signIn = await find(flow)
    if (!signIn.ok) return signIn
    const { personId, proofs } = signIn.value
    const person = personId === null || proofs.length === 0 ? null : await findPerson(tablesOf(store), personId)
    return person === null ? refused(refuseIdentity('SIGN_IN_ENDED')) : done({ signIn: signIn.value, person })
  }

  function newSignIn(input: Pick<SignIn, 'email' | 'organization' | 'personId'>) {
    const { text, digest } = newToken('spf')
    const now = clock.now()
    const signIn: SignIn = {
      ...input,
      id: createId('sgn', now),
      proofs: [],
      wanted: 'aal1',
      createdAt: now,
      expiresAt: now + deps.settings.signIn.within,
      version: 1,
    }
    return { signIn, token: text, digest }
  }

  /** @param from the version that is kept, or what a new one is kept by: one that ends with its first proof never is */
  async function advance(
    tx: Transaction,
    signIn: SignIn,
    from: number | { readonly token: Secret; readonly digest: Uint8Array },
    person: Person,
    visitor: Visitor,
  ): Promise<Result<Standing>> {
    const { next, methods, policy } = await stepOf(tx, signIn, person, visitor)
    const known = typeof from === 'number'
    if (next === 'done') {
      if (known && !(await takeSignIn(tx, signIn.id, from))) return refused(refuseIdentity('SIGN_IN_ENDED'))
      return finish(tx, signIn, person, policy, visitor)
    }
    if (!known) await insertSignIn(tx, signIn, from.digest)
    else if (!(await updateSignIn(tx, { ...signIn, version: from + 1 }, from)))
      return refused(refuseIdentity('SIGN_IN_ENDED'))
    return done({ next, methods, flow: known ? null : from.token, expiresAt: signIn.expiresAt })
  }

  async function stepOf(tx: Transaction, signIn: SignIn, person: Person, { browser }: Visitor) {
    const policy = await policyOf(tx, signIn.organization ?? person.organization)
    const step = nextOf({
      signIn,
      verified: person.verifiedAt !== null,
      mustChangePassword: await mustChangePassword(tx, person.id),
      policy,
      trusted: isTrusted(browser, person.id, clock.now()),
      factors: await readyNames(person),
      enrollable: factors.filter((it) => it.enrolls).map((it) => it.name),
    })
    return { ...step, policy }
  }

  async function finish(
    tx: Transaction,
    signIn: SignIn,
    person: Person,
    policy: Policy,
    { caller, browser, trustDevice = false }: Visitor,
  ): Promise<Result<Standing>> {
    const now = clock.now()
    await tablesOf(tx)
      .updateTable('person')
      .set((row) => ({ last_sign_in_at: now, sign_ins: row('sign_ins', '+', 1) }))
      .where('id', '=', person.id)
      .execute()
    const organization = signIn.organization ?? person.organization
    const recognised = await recogniseDevice(deps, tx, person, { browser, caller, trust: trustDevice })
    const { device, token } = recognised
    const { proofs } = signIn
    const opened = await startSession(deps, tx, { person, organization, policy, proofs, deviceId: device.id, caller })
    const signedIn = { ...person, lastSignInAt: now, signIns: person.signIns + 1 }
    return done({ next: 'done', person: signedIn, opened, device: token === null ? null : { token } })
  }

  async function policyOf(tx: Transaction, organization: string): Promise<Policy> {
    return (await findOrganization(tablesOf(tx), organization))?.policy ?? DEFAULT_POLICY
  }

  async function readyNames(person: Person): Promise<FactorName[]> {
    const names = await Promise.all(factors.map(async (it) => ((await it.ready(person)) ? [it.name] : [])))
    return names.flat()
  }

  function closedIn(
    tx: Transaction,
    person: Person,
    { organization, proofs }: Pick<SignIn, 'organization' | 'proofs'>,
  ): Promise<Problem | null> {
    const where = organization ?? person.organization
    return admissionProblem(tablesOf(tx), { personId: person.id, organization: where, proofs })
  }

  // Whoever may not come in learns no more than who has the wrong password.
  function closedTo(person: Person): Problem {
    return refuseIdentity('SIGN_IN_FAILED', { eventCode: person.enabled ? 'ACCOUNT_LOCKED' : 'ACCOUNT_DISABLED' })
  }

  return Object.freeze({ begin, find, proved, resume, standsAt, beginFactor, proveFactor })
}
