import { randomBytes } from 'node:crypto'
import type { Caller, Problem } from '../core/index.ts'
import type { ControlApp } from '../http/index.ts'
import type { TokenAnswer } from '../tokens/index.ts'
import { ownIssuer } from './bearer/issuers.ts'
import type { Consents } from './consent/consents.ts'
import { consentRoutes } from './consent/routes.ts'
import { startConsentSweep } from './consent/sweep.ts'
import { revokeHeld } from './direct/revoke.ts'
import { directRoutes } from './direct/routes.ts'
import { ENTITY_PURPOSE } from './entity/store.ts'
import { startEntitySweep } from './entity/sweep.ts'
import { signInRequestRoutes } from './flow/sign-in-request-routes.ts'
import { createSignInRequests } from './flow/sign-in-requests.ts'
import { interactionRoutes } from './interaction/routes.ts'
import { linkRoutes, signInRoute } from './interaction/sign-in-route.ts'
import { assetRoutes } from './page/assets.ts'
import type { ProviderDeps } from './provider/deps.ts'
import { openProtocolServer, type ProtocolServer } from './provider/dispatcher.ts'
import type { Extras } from './provider/make.ts'
import { mountProtocol } from './provider/mount.ts'
import { createSubjects } from './provider/subjects.ts'
import { REPLAY_PURPOSE, resealReplays } from './refresh/replay-store.ts'
import { startReplaySweep } from './refresh/sweep.ts'
import { openRegistration, type Registration } from './registration/open.ts'
import { startRegistrationSweep } from './registration/sweep.ts'
import type { Revocations } from './revocation/revocations.ts'
import { createEndings, type Endings } from './session-end/endings.ts'
import { startSessionExpiry } from './session-end/expire.ts'
import { startNoticeSender } from './session-end/send-notices.ts'
import { createTokenAnswers, type TokenAnswers } from './signed-token/token-answers.ts'
import { createOwnVerifier } from './signed-token/verify.ts'

/** The authorization server (RFC 6749, OpenID Connect Core): what answers at `/oauth`. */
export type AuthorizationServer = {
  readonly protocol: ProtocolServer
  /** What ends with what: for those who end sessions, people and clients. */
  readonly endings: Endings
  /** What an opaque access token of ours stands for; null for one that is no good. */
  readonly introspectOpaque: TokenAnswers['introspectOpaque']
  readonly consents: Pick<Consents, 'withdrawAll'>
  readonly routes: (app: ControlApp) => Promise<void>
  /** Loads what the first request would wait for, where there are clients that could ask. */
  readonly warm: () => Promise<void>
  /** Ends and deletes now what has had its time, as happens each minute. @returns whether it was done here */
  readonly sweep: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

export type AuthorizationServerDeps = Omit<ProviderDeps, 'revokeSigned'> & {
  readonly revocations: Pick<Revocations, 'revoke' | 'isRevoked'>
  /** Signs a caller out of the session of ours that they are in. @returns whether there was one */
  readonly endSession: (caller: Caller, reason: string) => Promise<boolean>
  /** What a `Set-Cookie` header says to a browser whose session is over. */
  readonly forgetSession: string
  /** Why a caller may not end what a person has; null when they may. */
  readonly personProblem: (personId: string, caller: Caller) => Promise<Problem | null>
  /** The same of whose session of ours it is. */
  readonly sessionProblem: (sessionId: string, caller: Caller) => Promise<Problem | null>
  /** The same of what a person has in the caller's organization alone. */
  readonly membershipProblem: (personId: string, caller: Caller) => Promise<Problem | null>
  /** What this process believes of a token, whomever it is for (row O11). */
  readonly verifyToken: (token: string) => TokenAnswer | Promise<TokenAnswer>
}

/**
 * Opens the authorization server.
 *
 * @example const server = await openAuthorizationServer({ store, secrets, audit, clock, issuer, settings, … })
 */
export async function openAuthorizationServer(given: AuthorizationServerDeps): Promise<AuthorizationServer> {
  const registration = await openRegistration(given, (tx, id, by) => endings.ofClient(tx, id, by))
  const deps = { ...given, clients: registration.clients }
  const { secrets, settings } = deps
  const findClient = async (id: string) => deps.clients.findClient(id)
  let nudge = (): void => {}
  const box = await secrets.box(ENTITY_PURPOSE)
  const endings = createEndings({ ...deps, box, nudge: () => nudge() })
  const inner: ProviderDeps = { ...deps, revokeSigned: (tx, grantId) => endings.ofGrant(tx, grantId, {}) }
  const replay = { ...deps, box: await secrets.box(REPLAY_PURPOSE), window: settings.refreshReplay }
  secrets.resealWith(REPLAY_PURPOSE, resealReplays)
  const verifyOwn = createOwnVerifier(deps)
  const word = randomBytes(32)
  const extras = { ...deps, box, replay, word, verifyOwn, findClient, nudge: () => nudge() }
  const protocol = await openProtocolServer(inner, async (shared) => {
    const { makeProtocol } = await import('./provider/make.ts')
    return makeProtocol(inner, shared, extras)
  })
  const notices = startNoticeSender({ ...deps, provider: protocol.current, findClient })
  nudge = notices.nudge
  const signInRequests = createSignInRequests({
    ...deps,
    box,
    findClient,
    adapter: protocol.shared.adapter,
    details: settings.authorizationDetails,
    provider: protocol.current,
  })
  const tokens = createTokenAnswers({
    ...deps,
    endings,
    verifyOwn,
    findClient,
    self: ownIssuer(deps),
    provider: protocol.current,
  })
  const chores = startChores(deps, endings)
  const pages = {
    ...inner,
    server: protocol,
    findClient,
    consents: protocol.shared.consents,
    resources: settings.resources,
    subjectOf: createSubjects(protocol),
  }
  return Object.freeze({
    protocol,
    endings,
    introspectOpaque: tokens.introspectOpaque,
    consents: protocol.shared.consents,
    routes: (app: ControlApp) => addRoutes(app, { ...extras, pages, protocol, signInRequests, tokens, registration }),
    warm: async () => {
      if (await given.clients.exist()) await protocol.current()
    },
    sweep: async () => (await Promise.all(chores.map(({ run }) => run()))).every((done) => done),
    stop: async () => {
      protocol.stop()
      await Promise.all([...chores, notices].map((it) => it.stop()))
    },
  })
}

/** What happens by itself. */
function startChores(deps: Omit<ProviderDeps, 'revokeSigned'>, endings: Endings) {
  const { clock, settings } = deps
  return [
    startSessionExpiry({ ...deps, endings }),
    startEntitySweep(deps),
    startReplaySweep({ ...deps, clock }),
    startConsentSweep({ ...deps, lifetime: settings.lifetimes.grant }),
    startRegistrationSweep({ ...deps, ...settings.registrations, endIssued: endings.ofClient }),
  ]
}

type Parts = Extras & {
  readonly pages: Parameters<typeof interactionRoutes>[0]
  readonly protocol: ProtocolServer
  readonly signInRequests: ReturnType<typeof createSignInRequests>
  readonly tokens: TokenAnswers
  readonly registration: Registration
}

// The protocol comes last: it takes whatever is left below its path, with bodies that are its own to read.
async function addRoutes(app: ControlApp, parts: Parts): Promise<void> {
  const { protocol, verifyOwn } = parts
  const revokeToken = async (token: string) =>
    revokeHeld({ ...parts, verifyOwn, provider: await protocol.current() }, token)
  await app.register(interactionRoutes(parts.pages))
  await app.register(async (own) => {
    assetRoutes(own)
    signInRoute(own, parts)
    linkRoutes(own, parts)
    consentRoutes(own, { ...parts, ...protocol.shared })
  })
  await app.register(async (own) => signInRequestRoutes(own, parts.signInRequests))
  await app.register(async (own) => directRoutes(own, { ...parts, revokeToken }))
  await app.register(async (own) => parts.tokens.routes(own))
  await app.register(parts.registration.routes)
  await app.register(mountProtocol(protocol))
}
