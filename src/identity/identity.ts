import { randomBytes } from 'node:crypto'
import type { Access, HeldGrants, RoleHolders } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import { type Authenticator, type Caller, type Clock, isId, type Problem } from '../core/index.ts'
import type { Limits } from '../limits/index.ts'
import type { Notices } from '../notices/index.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import type { IdentityDeps } from './deps.ts'
import { type Browser, STRANGE_BROWSER } from './device/browser.ts'
import { createOwnDevices, type OwnDevices } from './device/own.ts'
import { findDevices } from './device/store.ts'
import { createFactors, type Factors } from './factor/factors.ts'
import { createMagicLinks, type MagicLinks } from './factor/link/magic-links.ts'
import type { FactorMethod } from './factor/method.ts'
import { openFactorVault } from './factor/vault.ts'
import { createInvitationDoor } from './organization/invitation/door.ts'
import { createOrganizations, type Organizations } from './organization/organizations.ts'
import { createMemberRoleHolders } from './organization/role-holders.ts'
import { findOrganization } from './organization/store.ts'
import { openPasskeys, type Passkeys } from './passkey/passkeys.ts'
import { createPasswords } from './password/passwords.ts'
import { type Accounts, createAccounts } from './person/accounts.ts'
import { type AccountFacts, claimsOf } from './person/claims.ts'
import { type Contact, findContact } from './person/contact.ts'
import type { RevokeKeys } from './person/erase.ts'
import type { FindKeys } from './person/export.ts'
import { createPasswordHelp, type PasswordHelp } from './person/password-help.ts'
import { createPeople, type People } from './person/people.ts'
import { mayComeIn } from './person/person.ts'
import { findMembership, findPerson, findPersonByEmail } from './person/store.ts'
import { createRecoveries, type Recoveries } from './recovery/recoveries.ts'
import { createSessionAuthenticator } from './session/authenticator.ts'
import { clearCookie, SESSION_COOKIE } from './session/cookie.ts'
import { createSessionDirectory } from './session/directory.ts'
import { endSession } from './session/end.ts'
import type { OnSessionsEnded } from './session/ended.ts'
import { createImpersonation, type Impersonation } from './session/impersonate.ts'
import { createOwnSessions, type OwnSessions } from './session/list.ts'
import { createNetworkWatch } from './session/network.ts'
import { createSwitch } from './session/organization.ts'
import { createStepUp, type StepUp } from './session/prove-again.ts'
import { readSession, sessionIdOf } from './session/sessions.ts'
import { freshProblem } from './session/step-up.ts'
import { findSession } from './session/store.ts'
import { startSessionUse } from './session/use.ts'
import { createWaysToProve } from './session/ways.ts'
import type { IdentitySettings } from './settings.ts'
import { createGuard } from './sign-in/create-guard.ts'
import { createSignIns, type SignIns } from './sign-in/sign-ins.ts'
import { createPasswordSignIn } from './sign-in/with-password.ts'
import { startIdentitySweep } from './sweep.ts'
import { tablesOf } from './tables.ts'
import { digestOf, isToken } from './token.ts'

export type CreateIdentityDeps = {
  readonly store: Store
  readonly secrets: Secrets
  readonly audit: Audit
  readonly clock: Clock
  readonly limits: Limits
  readonly notices: Pick<Notices, 'mail' | 'text' | 'canText'>
  readonly access: Access
  readonly settings: IdentitySettings
  readonly issuer: string
  readonly countryOf: (address: string) => string | null
  /** The keys of people, which another module looks after. */
  readonly revokeKeysOf: RevokeKeys
  readonly findKeysOf: FindKeys
  /** What hangs on sessions, which other modules look after. */
  readonly onSessionsEnded: OnSessionsEnded
  readonly onError: (error: unknown) => void
}

export type Identity = {
  readonly people: People
  readonly accounts: Accounts
  readonly recoveries: Recoveries
  readonly passwordHelp: PasswordHelp
  readonly signIns: SignIns
  readonly signInWithPassword: ReturnType<typeof createPasswordSignIn>
  /** Knows people by the cookie of their session. */
  readonly authenticator: Authenticator
  /** What a person was granted in an organization; null for nobody, and for who may not come in. */
  readonly grantsOf: (owner: { readonly id: string }, organization: string) => Promise<HeldGrants | null>
  /** What is told of a person in an organization, and what they may there; null for nobody, and for who may not come in. */
  readonly accountOf: (personId: string, organization: string) => Promise<AccountFacts | null>
  /** A member of an organization by their mail address or id; null for nobody, and for who may not come in. */
  readonly findPersonByHint: (hint: string, organization: string) => Promise<string | null>
  /** When a session ends however it is used, in milliseconds; null when it is over. */
  readonly sessionEndsAt: (id: string) => Promise<number | null>
  /** Signs a caller out of the session that they are in. @returns whether there was one */
  readonly endSession: (caller: Caller, reason: string) => Promise<boolean>
  /** What a `Set-Cookie` header says to a browser whose session is over. */
  readonly forgetSession: string
  readonly sessions: OwnSessions
  readonly devices: OwnDevices
  readonly impersonation: Impersonation
  readonly switchOrganization: ReturnType<typeof createSwitch>
  /** The device that a caller's session was begun on; null for none. */
  readonly deviceIdOf: (caller: Caller) => Promise<string | null>
  /** Why a person has to prove again who they are before they do what is sensitive (row I10); null when they need not. */
  readonly freshProblem: (caller: Caller) => Promise<Problem | null>
  /** A person to write to, in a transaction of whoever does; null for who has not shown that the address is theirs. */
  readonly personToTell: (tx: Transaction, id: string) => Promise<Contact | null>
  /** The browser of a device cookie's token. */
  readonly browserOf: (token: string) => Promise<Browser>
  /** Origins whose pages may act for a signed-in person. */
  readonly origins: ReadonlySet<string>
  /** Second factors but passkeys. */
  readonly factors: Factors
  readonly passkeys: Passkeys
  readonly organizations: Organizations
  /** Members, invitations and policies that name a role. */
  readonly roleHolders: Pick<RoleHolders, 'find' | 'take' | 'changeProblem'>
  readonly stepUp: StepUp
  /** How a person in a session could reach a level, by what they have or could add. */
  readonly waysToProve: ReturnType<typeof createWaysToProve>
  readonly magicLinks: MagicLinks
  /** Deletes now what has had its time, as happens every ten minutes. @returns whether it was done here */
  readonly sweep: () => Promise<boolean>
  /** What the parts of this module share; for its own routes. */
  readonly deps: IdentityDeps
  readonly stop: () => Promise<void>
}

/** How many sessions are held warm; about one kilobyte each. */
const WARM_SESSIONS = 50_000

/**
 * Builds the identity module: people, their passwords, factors and sessions.
 *
 * @example
 * const identity = await createIdentity({ store, secrets, audit, clock, limits, notices, access, settings, issuer, countryOf, onError })
 */
export async function createIdentity(given: CreateIdentityDeps): Promise<Identity> {
  const { store, clock, settings, onError, issuer } = given
  const passwords = createPasswords({ settings: settings.passwords, onError })
  const deps: IdentityDeps = { ...given, passwords, factorVault: await openFactorVault(given.secrets) }
  const accountKey = await given.secrets.keep('identity.account', () => randomBytes(32))
  const guard = createGuard({ ...deps, accountKey })
  const own = createFactors({ ...deps, guard })
  const passkeys = await openPasskeys(deps, given.secrets)
  const factors: readonly FactorMethod[] = [passkeys.method, ...own.methods]
  const signIns = createSignIns({ ...deps, guard, factors })
  const { revokeKeysOf, findKeysOf } = given
  const persons = { ...deps, guard, signIns, revokeKeysOf, findKeysOf, invitations: createInvitationDoor(deps) }
  const directory = createSessionDirectory({
    read: (digest) => store.across('whose a session is shows when it is found', () => readSession(deps, digest)),
    clock,
    capacity: WARM_SESSIONS,
  })
  const use = startSessionUse({ store, onError })
  const organizations = createOrganizations(deps)
  const stepUp = createStepUp({ ...deps, guard, factors })
  const watchNetwork = createNetworkWatch(deps)
  const sweep = startIdentitySweep(deps)
  const unsubscribe = [
    store.changes.subscribe('session', directory.forget),
    store.changes.subscribe('user', directory.forgetPerson),
    store.changes.subscribe('organization', () => directory.forget(null)),
    given.access.onRolesChanged(() => directory.forget(null)),
    given.access.onGivenChanged(directory.forgetPerson),
  ]

  const grantsOf: Identity['grantsOf'] = async ({ id }, organization) => {
    const db = tablesOf(store)
    const [person, membership, found] = await Promise.all([
      findPerson(db, id),
      findMembership(db, id, organization),
      findOrganization(db, organization),
    ])
    if (person === null || found?.enabled !== true || !mayComeIn(person, clock.now())) return null
    return membership === null ? null : given.access.withGiven(organization, id, membership)
  }

  const origins: ReadonlySet<string> = new Set([new URL(issuer).origin, ...settings.origins])

  const browserOf: Identity['browserOf'] = async (token) => {
    if (!isToken('spd', token)) return STRANGE_BROWSER
    const digest = digestOf(token)
    const devices = await findDevices(tablesOf(store), digest)
    // A token that we do not know may be anybody's invention: the browser gets one of ours.
    return devices.length === 0 ? STRANGE_BROWSER : { digest, devices }
  }

  return Object.freeze({
    people: createPeople(persons),
    accounts: createAccounts(persons),
    recoveries: createRecoveries(deps),
    passwordHelp: createPasswordHelp(deps),
    signIns,
    signInWithPassword: createPasswordSignIn({ ...deps, guard, signIns }),
    authenticator: createSessionAuthenticator({
      directory,
      origins,
      used: (entry, request) => {
        use.took(entry, clock.now())
        return watchNetwork(entry, request)
      },
    }),
    accountOf: async (personId: string, organization: string) => {
      const grants = await grantsOf({ id: personId }, organization)
      const person = grants === null ? null : await findPerson(tablesOf(store), personId)
      if (grants === null || person === null) return null
      // Whoever signs what somebody holds knows built-in roles alone: what others give stands beside them.
      return { claims: claimsOf(person), grants: { ...grants, ...given.access.holdingOf(organization, grants) } }
    },
    findPersonByHint: async (hint: string, organization: string) => {
      const person = await (isId('usr', hint) ? findPerson : findPersonByEmail)(tablesOf(store), hint)
      const grants = person === null ? null : await grantsOf(person, organization)
      return grants === null || person === null ? null : person.id
    },
    sessionEndsAt: async (id: string) => {
      const session = await findSession(tablesOf(store), id)
      return session === null || session.endsAt <= clock.now() ? null : session.endsAt
    },
    endSession: (caller: Caller, reason: string) => endSession(deps, caller, reason),
    forgetSession: clearCookie(SESSION_COOKIE),
    sessions: createOwnSessions(deps),
    devices: createOwnDevices(deps),
    impersonation: createImpersonation(deps),
    switchOrganization: createSwitch(deps),
    deviceIdOf: async ({ principal }: Caller) => {
      const id = sessionIdOf(principal)
      return id === null ? null : ((await findSession(tablesOf(store), id))?.deviceId ?? null)
    },
    freshProblem: (caller: Caller) => freshProblem(deps, caller),
    personToTell: findContact,
    browserOf,
    origins,
    grantsOf,
    factors: own,
    passkeys: passkeys.join(signIns),
    organizations,
    roleHolders: createMemberRoleHolders(deps),
    stepUp,
    waysToProve: createWaysToProve({ ...deps, stepUp, factors }),
    magicLinks: createMagicLinks({ ...deps, signIns }),
    sweep: sweep.run,
    deps,
    stop: async () => {
      for (const end of [...unsubscribe, own.stop]) end()
      await Promise.all([use.stop(), sweep.stop(), organizations.stop(), passwords.stop()])
    },
  })
}
